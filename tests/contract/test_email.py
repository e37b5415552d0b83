"""Mail against aiosmtpd with every refusal, and what the mails look like."""

import asyncio
import re
import ssl
from dataclasses import replace
from email.header import decode_header, make_header

import pytest
import trustme
from benches import EmailBench
from mailserver import MailServer
from pydantic import ValidationError
from views import development, message, view

from watcher.model import Action, Rejected, RetryLater, Sent
from watcher.notifiers import REGISTRY
from watcher.notifiers.email import EmailSettings, compose


@pytest.fixture(autouse=True)
def roots_are_read_once():
    """Each connection reads its own: the library adds to those that it is given."""


@pytest.fixture
def server():
    with MailServer(auth=True) as running:
        yield running


def run(bench, talk, **settings):
    async def go():
        notifier = bench.notifier(**settings)
        try:
            return await talk(notifier)
        finally:
            await notifier.aclose()

    return asyncio.run(go())


def send(bench, alert=None, *, action=Action.NEW, ref=None, **settings):
    return run(bench, lambda n: n.send(message(n, alert, action=action, ref=ref)), **settings)


def test_what_a_mail_carries(server):
    send(EmailBench(server), view(title="Raid in al-Bab\nالباب"))
    (((recipient,), mail),) = server.mails
    assert recipient == "desk@example.org"
    assert mail["Subject"] == "🔴 IS figure captured or killed: Raid in al-Bab الباب"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["List-Id"] == "<raid.watcher.example.org>"
    assert mail["Message-ID"].endswith("@example.org>") and mail["Date"]
    assert mail["References"] is None
    assert "https://atalayar.example/a?b=1&c=2" in mail.get_body(("plain",)).get_content()
    html = mail.get_body(("html",)).get_content()
    assert '<meta charset="utf-8">' in html
    assert 'href="https://atalayar.example/a?b=1&amp;c=2"' in html


@pytest.mark.parametrize(
    "title",
    [
        "Российская авиация нанесла удар по деревне в провинции Идлиб, погибли трое мирных жителей и двое детей",
        "غارة جوية على قرية في ريف إدلب الجنوبي توقع خمسة قتلى وعشرة جرحى بينهم أطفال ونساء",
        "Raid — près d’Alep : « cinq » morts " + "été " * 30,
    ],
)
def test_a_long_subject_keeps_its_spaces_as_it_is_sent(server, title):
    given = run(EmailBench(server), lambda n: given_to(n, view(title=title)))
    raw = compose(given, EmailSettings(**EmailBench(server).settings()))
    subject = re.search(rb"^Subject: ([^\r\n]*(?:\r\n[ \t][^\r\n]*)*)", raw, re.MULTILINE)[1].decode("ascii")
    assert max(map(len, subject.split("\r\n"))) <= 78
    assert str(make_header(decode_header(subject))) == " ".join(given.subject.split())


async def given_to(notifier, alert):
    return message(notifier, alert)


def test_text_of_a_feed_is_escaped_in_html(server):
    send(EmailBench(server), view(title="<script>alert(1)</script>", summary='"><img src=x onerror=1>'))
    html = server.mails[0][1].get_body(("html",)).get_content()
    assert "<script" not in html and "<img" not in html
    assert "&lt;script&gt;" in html


def test_a_story_is_a_thread(server):
    bench = EmailBench(server)
    send(bench)
    send(bench, development(), action=Action.REPLY)
    regrouped = replace(development(), key="9.raid.development.1.desk", thread_key="9.raid.alert.3.desk")
    send(bench, regrouped, action=Action.REPLY, ref=server.mails[0][1]["Message-ID"])
    (_, first), (_, second), (_, third) = server.mails
    for answer in (second, third):
        assert answer["In-Reply-To"] == answer["References"] == first["Message-ID"]
    assert second["Message-ID"] != first["Message-ID"]
    assert "killed: 12 → 15" in second["Subject"]


def test_one_connection_is_kept(server):
    async def three(notifier):
        return [await notifier.send(message(notifier, replace(view(), key=f"k{i}"))) for i in range(3)]

    assert all(isinstance(o, Sent) for o in run(EmailBench(server), three))
    assert len(server.mails) == 3
    assert server.connections == 2, "one of ours, one of the controller's own test"


def test_a_connection_that_the_server_ended_is_opened_again(server):
    async def two(notifier):
        first = await notifier.send(message(notifier))
        notifier._client.close()
        return first, await notifier.send(message(notifier))

    assert all(isinstance(o, Sent) for o in run(EmailBench(server), two))


@pytest.mark.parametrize(
    ("step", "reply", "expected"),
    [
        ("MAIL", "451 4.7.1 greylisted", RetryLater("451 4.7.1 greylisted")),
        ("MAIL", "530 5.7.0 Must issue a STARTTLS command first", None),
        ("MAIL", "550 5.7.1 sender refused", Rejected("550 5.7.1 sender refused")),
        ("RCPT", "450 4.2.0 mailbox busy", RetryLater("450 4.2.0 mailbox busy")),
        ("RCPT", "550 5.1.1 no such user", Rejected("550 5.1.1 no such user")),
        ("RCPT", "552 5.2.2 mailbox full", Rejected("552 5.2.2 mailbox full")),
        ("DATA", "421 4.3.2 closing", RetryLater("421 4.3.2 closing")),
        ("DATA", "452 4.3.1 disk full", RetryLater("452 4.3.1 disk full")),
        ("DATA", "552 5.3.4 too big", Rejected("552 5.3.4 too big")),
        ("DATA", "554 5.7.1 spam", Rejected("554 5.7.1 spam")),
    ],
)
def test_refusals(server, step, reply, expected):
    server.replies[step] = reply
    outcome = send(EmailBench(server))
    assert outcome == expected or (expected is None and isinstance(outcome, Rejected) and outcome.receiver_down)
    assert server.mails == []


@pytest.mark.parametrize("step", ["MAIL", "RCPT"])
@pytest.mark.parametrize("fault", ["hang", "cut"])
def test_a_connection_that_breaks_before_the_mail_is_no_doubt(server, step, fault):
    server.faults[step] = fault
    assert isinstance(send(EmailBench(server)), RetryLater)


def test_a_wrong_password_stops_the_receiver(server):
    bench = EmailBench(server)
    bench.secrets = {"password": "wrong-password-1"}
    outcome = send(bench)
    assert isinstance(outcome, Rejected) and outcome.receiver_down and outcome.reason.startswith("535")


def test_some_recipients_refused_for_good(server):
    server.replies["gone@example.org"] = "550 5.1.1 no such user"
    outcome = send(EmailBench(server), to=["desk@example.org", "gone@example.org"])
    assert isinstance(outcome, Sent)
    assert outcome.detail == "1 of 2 recipients refused: gone@example.org: 550 5.1.1 no such user"
    assert [recipients for recipients, _ in server.mails] == [("desk@example.org",)]


def test_some_recipients_put_off_get_it_later_and_nobody_gets_it_twice(server):
    server.replies["slow@example.org"] = "451 4.7.1 greylisted"

    async def twice(notifier):
        first = await notifier.send(message(notifier))
        server.replies.clear()
        return first, await notifier.send(message(notifier))

    first, second = run(EmailBench(server), twice, to=["desk@example.org", "slow@example.org"])
    assert isinstance(first, RetryLater) and "1 of 2 recipients are put off" in first.reason
    assert isinstance(second, Sent) and second.detail == ""
    assert [recipients for recipients, _ in server.mails] == [("desk@example.org",), ("slow@example.org",)]


def test_no_starttls_where_it_is_wanted_sends_nothing(server):
    outcome = send(EmailBench(server), security="starttls")
    assert isinstance(outcome, Rejected) and outcome.receiver_down and "STARTTLS" in outcome.reason
    assert server.mails == []


@pytest.fixture(scope="module")
def certificates(tmp_path_factory):
    ca = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    ca.issue_cert("127.0.0.1").configure_cert(context)
    file = tmp_path_factory.mktemp("ca") / "ca.pem"
    ca.cert_pem.write_to_path(str(file))
    return context, str(file)


@pytest.mark.parametrize("security", ["tls", "starttls"])
def test_encrypted(certificates, security):
    context, ca_file = certificates
    with MailServer(auth=True, **{security: context}) as server:
        outcome = send(EmailBench(server), security=security, ca_file=ca_file)
    assert isinstance(outcome, Sent), outcome
    assert len(server.mails) == 1


@pytest.mark.parametrize("security", ["tls", "starttls"])
def test_a_certificate_that_nobody_vouches_for_gets_no_mail_and_no_password(certificates, security):
    context, _ = certificates
    with MailServer(auth=True, **{security: context}) as server:
        outcome = send(EmailBench(server), security=security)
    assert isinstance(outcome, Rejected) and outcome.receiver_down and "certificate" in outcome.reason
    assert server.mails == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"to": []},
        {"to": ["nobody"]},
        {"to": ["a@b.org\nBcc: c@d.org"]},
        {"from": "x"},
        {"security": "none", "host": "mail.example.org"},
        {"port": 0},
        {"host": ""},
    ],
)
def test_settings_that_cannot_work_are_refused(wrong):
    good = {"host": "127.0.0.1", "username": "u", "from": "Watch <w@x.org>", "to": ["Desk <a@b.org>"]}
    REGISTRY["email"].settings.model_validate(good)
    with pytest.raises(ValidationError):
        REGISTRY["email"].settings.model_validate(good | wrong)
