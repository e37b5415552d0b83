"""Revisions that take a text back: it says so, or most of it is gone."""

import re

from watcher.model import Change

#: A text of so many characters and more is gutted when at most this share of it is left.
GUTTED_FROM, GUTTED_LEFT = 200, 0.3
#: A text of at most so many characters is a notice if it says one of the sentences below; in a longer one
#: they are about something else ("troops have been withdrawn").
NOTICE = 400

_MARK = re.compile(
    r"\W{0,3}(?:withdrawn|retract(?:ed|ion)|(?:mandatory )?kill|deleted|removed|retirad[ao]|retractad[ao]|eliminad[ao]|"
    r"retirée?|rétract(?:é|ée|ation)|supprimée?|отозван[оа]?|удален[оа]?|удалён[оа]?|снят[оа]? с публикации|"
    r"سحب|محذوف|حذف|تراجع)\W{0,2}(?:[:\])—–|-]|$)",
    re.IGNORECASE,
)
_NOTICES = re.compile(
    r"(?:article|story|item|report|post|page|text) (?:has been|was|is) (?:withdrawn|retracted|removed|deleted)"
    r"|no longer available|withdrawn by|(?:ha sido|fue) (?:retirad|eliminad|retractad)[ao]|ya no está disponible"
    r"|a été (?:retiré|supprimé|rétracté)|n.est plus disponible"
    r"|(?:материал|новость|статья|публикация) (?:был[ао]? )?(?:отозван|удален|удалён|снят)|больше не доступ"
    r"|(?:تم|تمت) (?:سحب|حذف|إزالة)|لم يعد متاح",
    re.IGNORECASE,
)


def taken_back(old: str, new: str, *, by_length: bool = True) -> Change | None:
    """Return what a revision took back of a text (title, then body, a line each); None if it did not.

    A heuristic: marks that agencies put before a title, sentences of short notices, and, `by_length`, how
    little is left.
    """
    if _says_so(new) and not _says_so(old):
        return Change("withdrawn", _short(old), _short(new))
    before, after = len(old.strip()), len(new.strip())
    if by_length and before >= GUTTED_FROM and after <= GUTTED_LEFT * before:
        return Change("text", f"{before} characters", f"{after} characters")
    return None


def _says_so(text: str) -> bool:
    title = text.partition("\n")[0]
    return bool(_MARK.match(title)) or (len(text) <= NOTICE and bool(_NOTICES.search(text)))


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 80 else f"{line[:79].rstrip()}…"
