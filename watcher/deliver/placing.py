"""How a message is placed: as a new one, as an edit, as a reply, later, or not at all. Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from watcher.model import Action, SuppressReason
from watcher.store import outbox


@dataclass(frozen=True, slots=True)
class Manners:
    """What a receiver can do with a message that was sent."""

    can_edit: bool
    can_reply: bool
    #: Least time between two changes of one message.
    edit_every: timedelta = timedelta()


def placement(
    action: Action, first: outbox.First | None, manners: Manners, now: datetime
) -> Action | SuppressReason | datetime:
    """Decide how a message is placed: the action to take, why it is not needed, or until when it waits.

    An edit of a first message that still waits is not needed, for that message will show the
    story as it is when it is sent; but if a try of it may have arrived, receivers that know
    repetitions keep that one, and the edit waits for it. Edits wait until the message has stood for `edit_every`, and
    then one of them shows what all of them bring. A reply waits for its first message; without
    one it is a message of its own, for a development must not get lost.
    """
    sent, waiting = first is not None and first.state == "sent", first is not None and first.state in outbox.WAITING
    match action:
        case Action.NEW:
            return Action.NEW
        case Action.EDIT if waiting and first is not None and first.unsure:
            return max(first.due_at, now) + timedelta(seconds=1)
        case Action.EDIT if waiting:
            return SuppressReason.MERGED_INTO_MESSAGE
        case Action.EDIT if sent and not manners.can_edit:
            return SuppressReason.RECEIVER_CANNOT_EDIT
        case Action.EDIT if sent and first is not None and first.ref is None:
            return SuppressReason.TOLD_IN_DIGEST if first.in_digest else SuppressReason.MESSAGE_UNNAMED
        case Action.EDIT if sent and first is not None:
            free_at = (first.touched_at or now) + manners.edit_every
            return free_at if now < free_at and first.touched_at else Action.EDIT
        case Action.EDIT:
            return SuppressReason.NO_FIRST_MESSAGE
        case Action.REPLY if waiting and first is not None:
            return max(first.due_at, now) + timedelta(seconds=1)
        case Action.REPLY:
            return Action.REPLY if sent and manners.can_reply and first and first.ref else Action.NEW
