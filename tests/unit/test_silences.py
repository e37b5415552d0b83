"""What falls under a silence."""

from datetime import timedelta

import pytest
from views import AT, view

from watcher.model import Silence
from watcher.route import silenced_by


def silence(**given):
    return Silence(AT, AT + timedelta(hours=1), **given)


@pytest.mark.parametrize(
    ("given", "held"),
    [
        ({"rule": "raid"}, True),
        ({"rule": "other"}, False),
        ({"feed": "atalayar"}, True),
        ({"feed": "sohr"}, False),
        ({"story": 5}, True),
        ({"story": 6}, False),
        ({"region": "SY"}, True),
        ({"region": "SY-HL"}, True),
        ({"region": "SY-RA"}, False),
        ({"region": "IQ"}, False),
        ({"receiver": "desk"}, True),
        ({"receiver": "mail"}, False),
        ({"word": "daesh"}, True),
        ({"word": "DAESH leader"}, True),
        ({"word": "leader daesh"}, False),
        ({"word": "dae"}, False),
        ({"word": "12 people"}, True),
        ({"rule": "raid", "region": "SY-HL"}, True),
        ({"rule": "raid", "region": "IQ"}, False),
    ],
)
def test_everything_given_must_hold(given, held):
    assert (silenced_by(view(), (silence(**given),), "desk") is not None) is held


def test_the_first_silence_is_named():
    first, second = silence(rule="no", comment="a"), silence(rule="raid", comment="b")
    assert silenced_by(view(), (first, second), "desk") is second
    assert silenced_by(view(), (), "desk") is None
