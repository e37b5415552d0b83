"""The fixed words of messages in the languages that readers can choose."""

from typing import Literal

from watcher.model import AlertKind, Severity

Language = Literal["en", "es", "fr", "ar", "ru"]

#: A mark that is seen before anything is read: one shape for each severity, for readers who see no red and green.
MARKS = {Severity.EXTREME: "🆘", Severity.SEVERE: "🔴", Severity.MODERATE: "🟠", Severity.MINOR: "🔹"}
#: What an alert is, when it is not the first word on a story.
KIND_MARKS = {AlertKind.ALARM: "⚙️"}

_WORDS: dict[str, dict[str, str]] = {
    "en": {
        "development": "Update", "republication": "Also published", "alarm": "Watcher",
        "digest": "{n} alerts that waited",
        "first_seen": "first seen {time} by {outlet}", "published": "published {time}",
        "outlets": "{n} outlets", "credit": "{n} credit {outlet}", "credit_one": "1 credits {outlet}",
        "credits": "credits {outlet}",
        "also": "also", "more": "and {n} more", "matched": "matched", "places": "where",
    },
    "es": {
        "development": "Novedad", "republication": "También publicado", "alarm": "Watcher",
        "digest": "{n} alertas en espera",
        "first_seen": "visto primero {time} en {outlet}", "published": "publicado {time}",
        "outlets": "{n} medios", "credit": "{n} citan a {outlet}", "credit_one": "1 cita a {outlet}",
        "credits": "cita a {outlet}",
        "also": "también", "more": "y {n} más", "matched": "coincide", "places": "lugar",
    },
    "fr": {
        "development": "Évolution", "republication": "Également publié", "alarm": "Watcher",
        "digest": "{n} alertes en attente",
        "first_seen": "vu d’abord {time} chez {outlet}", "published": "publié {time}",
        "outlets": "{n} médias", "credit": "{n} citent {outlet}", "credit_one": "1 cite {outlet}",
        "credits": "cite {outlet}",
        "also": "aussi", "more": "et {n} de plus", "matched": "correspond", "places": "lieu",
    },
    "ar": {
        "development": "تحديث", "republication": "نُشر أيضًا", "alarm": "Watcher",
        "digest": "تنبيهات مؤجلة: {n}",
        "first_seen": "رُصد أولًا {time} في {outlet}", "published": "نُشر {time}",
        "outlets": "عدد المصادر: {n}", "credit": "نقلًا عن {outlet}: {n}", "credit_one": "نقلًا عن {outlet}: 1",
        "credits": "نقلًا عن {outlet}",
        "also": "أيضًا", "more": "وغيرها: {n}", "matched": "مطابقة", "places": "المكان",
    },
    "ru": {
        "development": "Обновление", "republication": "Также опубликовано", "alarm": "Watcher",
        "digest": "отложенных сообщений: {n}",
        "first_seen": "впервые {time}, {outlet}", "published": "опубликовано {time}",
        "outlets": "изданий: {n}", "credit": "ссылаются на {outlet}: {n}", "credit_one": "ссылаются на {outlet}: 1",
        "credits": "со ссылкой на {outlet}",
        "also": "также", "more": "и ещё {n}", "matched": "совпало", "places": "место",
    },
}  # fmt: skip


def word(language: str, name: str, **values: object) -> str:
    """Return a fixed word or sentence, its gaps filled."""
    return _WORDS[language][name].format(**values)
