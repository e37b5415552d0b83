"""The real process against services that throw its secrets back at it: none is in the log or in the database."""

import sqlite3

from benches import TelegramBench
from botapi import TOKEN
from hookserver import HookServer
from mailserver import PASSWORD, USER, MailServer

HOOK_PATH, SIGNING = "services-T0001-secret-path", "signing-secret-4242"


def configure(machine, outside, bot_api, hook, mail):
    secrets = machine.folder / "secrets"
    secrets.mkdir()
    for name, value in (
        ("token", TOKEN), ("address", f"http://127.0.0.1:{hook.port}/{HOOK_PATH}"),
        ("signing", SIGNING), ("mail", PASSWORD),
    ):  # fmt: skip
        (secrets / name).write_text(f"{value}\n")
    rules = machine.folder / "rules" / "r.yaml"
    rules.write_text(rules.read_text().replace("receivers: [hook]", "receivers: [chat, hook, mail]"))
    (machine.folder / "config.yaml").write_text(f"""
database: w.db
http: {{allow_networks: [127.0.0.0/8]}}
log: {{level: debug}}
feeds: [{{id: feed, url: '{outside.url}/feed', interval: 1s}}]
alarm_receivers: [terminal]
receivers:
  chat: {{type: telegram, chat_id: "42", api: '{bot_api.url}', token_file: secrets/token}}
  hook: {{type: webhook, address_file: secrets/address, secret_file: secrets/signing}}
  mail: {{type: email, host: 127.0.0.1, port: {mail.port}, security: none, username: {USER},
          password_file: secrets/mail, from: w@example.org, to: [d@example.org]}}
  terminal: {{type: console}}
""")


def stored(machine):
    """Every reason that is stored of an attempt."""
    with sqlite3.connect(machine.folder / "w.db") as connection:
        rows = connection.execute("SELECT detail FROM attempts").fetchall()
    connection.close()
    return " ".join(row[0] for row in rows)


def test_no_secret_is_in_the_log_or_the_database(machine, outside, bot_api):
    with HookServer() as hook, MailServer(auth=True) as mail:
        chat = TelegramBench(bot_api)
        configure(machine, outside, bot_api, hook, mail)
        assert machine.once() == 0, machine.log()
        chat.refuse(403, f"Forbidden: bot {TOKEN} was blocked by the user", method="sendMessage")
        hook.status, hook.body = 400, f"bad: /{HOOK_PATH} signed with {SIGNING}".encode()
        mail.replies["DATA"] = f"554 refused, password {PASSWORD}"
        outside.publish(1)
        assert machine.once() == 0, machine.log()
    reasons = stored(machine)
    for word in ("Forbidden", "status 400: bad", "554 refused"):
        assert word in reasons, "the services were met, and said so"
        assert word in machine.log()
    everything = b"".join(path.read_bytes() for path in machine.folder.glob("w.db*")) + machine.log().encode()
    for secret in (TOKEN, HOOK_PATH, SIGNING, PASSWORD):
        assert secret.encode() not in everything
