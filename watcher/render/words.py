"""The fixed words of messages in the languages that readers can choose."""

from collections.abc import Mapping
from typing import Literal

from watcher.model import AlertKind, Severity

Language = Literal["en", "es", "fr", "ar", "ru"]

#: A mark that is seen before anything is read: one shape for each severity, for readers who see no red and green.
MARKS = {Severity.EXTREME: "🆘", Severity.SEVERE: "🔴", Severity.MODERATE: "🟠", Severity.MINOR: "🔹"}
#: What an alert is, when it is not the first word on a story.
KIND_MARKS = {AlertKind.ALARM: "⚙️"}

#: What a silence can be about, by the key that stores it.
MATCHERS: dict[str, dict[str, str]] = {
    "en": {"rule": "rule", "region": "region", "feed": "feed", "story": "story", "word": "word",
           "receiver": "receiver"},
    "es": {"rule": "regla", "region": "región", "feed": "fuente", "story": "tema", "word": "palabra",
           "receiver": "receptor"},
    "fr": {"rule": "règle", "region": "région", "feed": "flux", "story": "sujet", "word": "mot",
           "receiver": "destinataire"},
    "ar": {"rule": "القاعدة", "region": "المنطقة", "feed": "المصدر", "story": "الخبر", "word": "الكلمة",
           "receiver": "المستلم"},
    "ru": {"rule": "правило", "region": "регион", "feed": "лента", "story": "история", "word": "слово",
           "receiver": "получатель"},
}  # fmt: skip

#: What dedup says has changed; other things are named by the text's own word.
FACTS: dict[str, dict[str, str]] = {
    "es": {
        "killed": "muertos", "injured": "heridos", "detained": "detenidos", "missing": "desaparecidos",
        "displaced": "desplazados", "abducted": "secuestrados", "rescued": "rescatados", "infected": "contagiados",
        "claim": "afirmación", "stated": "hecha", "withdrawn": "retirado", "number": "número", "name": "nombre",
        "text": "texto", "characters": "caracteres", "magnitude": "magnitud", "years": "años",
    },
    "fr": {
        "killed": "tués", "injured": "blessés", "detained": "arrêtés", "missing": "disparus", "displaced": "déplacés",
        "abducted": "enlevés", "rescued": "secourus", "infected": "infectés", "claim": "affirmation",
        "stated": "énoncée", "withdrawn": "retiré", "number": "nombre", "name": "nom", "text": "texte",
        "characters": "caractères", "magnitude": "magnitude", "years": "années",
    },
    "ar": {
        "killed": "القتلى", "injured": "الجرحى", "detained": "المعتقلون", "missing": "المفقودون",
        "displaced": "النازحون", "abducted": "المختطفون", "rescued": "الناجون", "infected": "المصابون بالعدوى",
        "claim": "القول", "stated": "مذكور", "withdrawn": "مسحوب", "number": "العدد", "name": "الاسم",
        "text": "النص", "characters": "حرفًا", "magnitude": "القوة", "years": "السنوات",
    },
    "ru": {
        "killed": "погибших", "injured": "раненых", "detained": "задержанных", "missing": "пропавших",
        "displaced": "перемещённых", "abducted": "похищенных", "rescued": "спасённых", "infected": "заражённых",
        "claim": "утверждение", "stated": "было", "withdrawn": "отозвано", "number": "число", "name": "имя",
        "text": "текст", "characters": "знаков", "magnitude": "магнитуда", "years": "лет",
    },
}  # fmt: skip

_WORDS: dict[str, dict[str, str]] = {
    "en": {
        "development": "Update", "republication": "Also published", "alarm": "Watcher",
        "digest": "{n:alert|alerts} that waited", "digest_day": "{n:alert|alerts} in 24 hours",
        "first_seen": "first seen {time} by {outlet}", "published": "published {time}",
        "outlets": "{n} outlets", "credit": "{n} credit {outlet}", "credit_one": "1 credits {outlet}",
        "credits": "credits {outlet}",
        "alarm_feed": "Feed {what}", "alarm_receiver": "Receiver {what}", "alarm_dead": "Not delivered to {what}",
        "alarm_config": "Configuration", "alarm_silence": "Silence {what} has ended", "alarm_chat": "Buttons of {what}",
        "alarm_template": "Template of {what}",
        "escalated": "nobody answered this at {what}",
        "held": "held back meanwhile: {n}", "held_repeat": "repeats", "held_silence": "silenced or muted",
        "held_severity": "less severe", "held_other": "other",
        "also": "also", "more": "and {n} more", "matched": "matched", "places": "where",
    },
    "es": {
        "development": "Novedad", "republication": "También publicado", "alarm": "Watcher",
        "digest": "{n:alerta|alertas} en espera", "digest_day": "{n:alerta|alertas} en 24 horas",
        "first_seen": "visto primero {time} en {outlet}", "published": "publicado {time}",
        "outlets": "{n} medios", "credit": "{n} citan a {outlet}", "credit_one": "1 cita a {outlet}",
        "credits": "cita a {outlet}",
        "alarm_feed": "Fuente {what}", "alarm_receiver": "Receptor {what}", "alarm_dead": "No entregado a {what}",
        "alarm_config": "Configuración", "alarm_silence": "Fin del silencio {what}", "alarm_chat": "Botones de {what}",
        "alarm_template": "Plantilla de {what}",
        "escalated": "nadie respondió a esto en {what}",
        "held": "retenido entretanto: {n}", "held_repeat": "repeticiones", "held_silence": "silenciado",
        "held_severity": "menos grave", "held_other": "otros",
        "also": "también", "more": "y {n} más", "matched": "coincide", "places": "lugar",
    },
    "fr": {
        "development": "Évolution", "republication": "Également publié", "alarm": "Watcher",
        "digest": "{n:alerte|alertes} en attente", "digest_day": "{n:alerte|alertes} en 24 heures",
        "first_seen": "vu d’abord {time} chez {outlet}", "published": "publié {time}",
        "outlets": "{n} médias", "credit": "{n} citent {outlet}", "credit_one": "1 cite {outlet}",
        "credits": "cite {outlet}",
        "alarm_feed": "Flux {what}", "alarm_receiver": "Destinataire {what}", "alarm_dead": "Non remis à {what}",
        "alarm_config": "Configuration", "alarm_silence": "Fin du silence {what}", "alarm_chat": "Boutons de {what}",
        "alarm_template": "Modèle de {what}",
        "escalated": "personne n’y a répondu chez {what}",
        "held": "retenu entre-temps : {n}", "held_repeat": "répétitions", "held_silence": "mis en sourdine",
        "held_severity": "moins grave", "held_other": "autres",
        "also": "aussi", "more": "et {n} de plus", "matched": "correspond", "places": "lieu",
    },
    "ar": {
        "development": "تحديث", "republication": "نُشر أيضًا", "alarm": "Watcher",
        "digest": "تنبيهات مؤجلة: {n}", "digest_day": "تنبيهات 24 ساعة: {n}",
        "first_seen": "رُصد أولًا {time} في {outlet}", "published": "نُشر {time}",
        "outlets": "عدد المصادر: {n}", "credit": "نقلًا عن {outlet}: {n}", "credit_one": "نقلًا عن {outlet}: 1",
        "credits": "نقلًا عن {outlet}",
        "alarm_feed": "المصدر {what}", "alarm_receiver": "المستلم {what}", "alarm_dead": "لم يُسلَّم إلى {what}",
        "alarm_config": "الإعدادات", "alarm_silence": "انتهى الإسكات {what}", "alarm_chat": "أزرار {what}",
        "alarm_template": "قالب {what}",
        "escalated": "لم يجب أحد على هذا لدى {what}",
        "held": "حُجب في هذه الأثناء: {n}", "held_repeat": "مكرر", "held_silence": "مكتوم",
        "held_severity": "أقل خطورة", "held_other": "غير ذلك",
        "also": "أيضًا", "more": "وغيرها: {n}", "matched": "مطابقة", "places": "المكان",
    },
    "ru": {
        "development": "Обновление", "republication": "Также опубликовано", "alarm": "Watcher",
        "digest": "отложенных сообщений: {n}", "digest_day": "сообщений за 24 часа: {n}",
        "first_seen": "впервые {time}, {outlet}", "published": "опубликовано {time}",
        "outlets": "изданий: {n}", "credit": "ссылаются на {outlet}: {n}", "credit_one": "ссылаются на {outlet}: 1",
        "credits": "со ссылкой на {outlet}",
        "alarm_feed": "Лента {what}", "alarm_receiver": "Получатель {what}", "alarm_dead": "Не доставлено: {what}",
        "alarm_config": "Настройки", "alarm_silence": "Тишина {what} закончилась", "alarm_chat": "Кнопки: {what}",
        "alarm_template": "Шаблон: {what}",
        "escalated": "никто не ответил: {what}",
        "held": "тем временем придержано: {n}", "held_repeat": "повторы", "held_silence": "в режиме тишины",
        "held_severity": "менее важные", "held_other": "прочее",
        "also": "также", "more": "и ещё {n}", "matched": "совпало", "places": "место",
    },
}  # fmt: skip


class _Count(int):
    """A number that brings its word along: `{n:poll|polls}`."""

    def __format__(self, spec: str) -> str:
        one, _, many = spec.partition("|")
        return f"{int(self)} {one if self == 1 else many}" if spec else str(int(self))


def fill(text: str, values: Mapping[str, object]) -> str:
    """Fill the gaps of a sentence; `{n:poll|polls}` is a number with the word for one or for more."""
    return text.format(**{k: _Count(v) if isinstance(v, int) else v for k, v in values.items()})


def word(language: str, name: str, **values: object) -> str:
    """Return a fixed word or sentence, its gaps filled."""
    return fill(_WORDS[language][name], values)


def fact(language: str, text: str) -> str:
    """Return what has changed, or from what to what, in a language: `killed`, `withdrawn`, `900 characters`."""
    known = FACTS.get(language, {})
    number, _, unit = text.partition(" ")
    return f"{number} {known[unit]}" if number.isdecimal() and unit in known else known.get(text, text)


def alarm_title(language: str, rule: str) -> str:
    """Return what an alarm is about in people's words: `watcher/feed:beta:silent` is about "Feed beta"."""
    kind, _, rest = rule.removeprefix("watcher/").partition(":")
    told = f"alarm_{kind}"
    return word(language, told, what=rest.partition(":")[0]) if told in _WORDS[language] else rule
