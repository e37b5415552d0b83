"""What is said to commands in a chat, in the languages that readers can choose. Commands are alike in all."""

from watcher.model import Relation, Severity
from watcher.render.words import fill

_SAID: dict[str, dict[str, str]] = {
    "help": {
        "en": "/status feeds, queue and alarms\n/latest [number] the newest alerts here\n"
        "/rules rules that speak here and what they said\n"
        "/why [number] why an alert came: answer it, or give the story's number\n"
        "/silence list; /silence 2h rule ID, or story, feed, region, word; /silence end NUMBER\n"
        "/digest the last 24 hours in one message",
        "es": "/status fuentes, cola y alarmas\n/latest [número] las últimas alertas de aquí\n"
        "/rules las reglas que hablan aquí y lo que dijeron\n"
        "/why [número] por qué llegó una alerta: respóndala, o dé el número del tema\n"
        "/silence list; /silence 2h rule ID, o story, feed, region, word; /silence end NÚMERO\n"
        "/digest las últimas 24 horas en un mensaje",
        "fr": "/status flux, file d’attente et alarmes\n/latest [nombre] les dernières alertes d’ici\n"
        "/rules les règles qui parlent ici et ce qu’elles ont dit\n"
        "/why [numéro] pourquoi une alerte est venue : répondez-y, ou donnez le numéro du sujet\n"
        "/silence list ; /silence 2h rule ID, ou story, feed, region, word ; /silence end NUMÉRO\n"
        "/digest les dernières 24 heures en un message",
        "ar": "/status المصادر والانتظار والإنذارات\n/latest [عدد] أحدث التنبيهات هنا\n"
        "/rules القواعد التي تخاطب هذه المحادثة وما قالته\n"
        "/why [رقم] سبب التنبيه: أجب عليه، أو اكتب رقم الخبر\n"
        "/silence list أو /silence 2h rule ID (أو story أو feed أو region أو word) أو /silence end رقم\n"
        "/digest آخر 24 ساعة في رسالة واحدة",
        "ru": "/status ленты, очередь и тревоги\n/latest [число] последние оповещения здесь\n"
        "/rules правила, которые говорят здесь, и что они сказали\n"
        "/why [номер] почему пришло оповещение: ответьте на него или дайте номер истории\n"
        "/silence list; /silence 2h rule ID, или story, feed, region, word; /silence end НОМЕР\n"
        "/digest последние 24 часа одним сообщением",
    },
    "feeds": {
        "en": "{n:feed|feeds}, {failing} failing",
        "es": "{n:fuente|fuentes}, {failing} con fallos",
        "fr": "{n:flux|flux}, {failing} en échec",
        "ar": "المصادر: {n}، المتعطلة: {failing}",
        "ru": "лент: {n}, недоступно: {failing}",
    },
    "waiting": {
        "en": "{receiver}: {n} waiting since {since}",
        "es": "{receiver}: {n} en espera desde {since}",
        "fr": "{receiver} : {n} en attente depuis {since}",
        "ar": "{receiver}: في الانتظار {n} منذ {since}",
        "ru": "{receiver}: ждёт {n} с {since}",
    },
    "silences": {
        "en": "{n:silence holds|silences hold}",
        "es": "{n:silencio vigente|silencios vigentes}",
        "fr": "{n:silence en vigueur|silences en vigueur}",
        "ar": "حالات الإسكات السارية: {n}",
        "ru": "действует тишина: {n}",
    },
    "alarm": {
        "en": "ALARM {message}",
        "es": "ALARMA {message}",
        "fr": "ALARME {message}",
        "ar": "إنذار: {message}",
        "ru": "ТРЕВОГА {message}",
    },
    "no_alerts": {
        "en": "no alerts yet",
        "es": "todavía no hay alertas",
        "fr": "pas encore d’alerte",
        "ar": "لا تنبيهات بعد",
        "ru": "оповещений ещё не было",
    },
    "latest": {
        "en": "{at} {rule}: {title} ({outlet}), story {story}",
        "es": "{at} {rule}: {title} ({outlet}), tema {story}",
        "fr": "{at} {rule} : {title} ({outlet}), sujet {story}",
        "ar": "{at} {rule}: {title} ({outlet})، الخبر {story}",
        "ru": "{at} {rule}: {title} ({outlet}), история {story}",
    },
    "rule": {
        "en": "{rule} ({severity}): {day} in 24 h, {all} in all",
        "es": "{rule} ({severity}): {day} en 24 h, {all} en total",
        "fr": "{rule} ({severity}) : {day} en 24 h, {all} en tout",
        "ar": "{rule} ({severity}): {day} في 24 ساعة، {all} إجمالًا",
        "ru": "{rule} ({severity}): {day} за 24 ч, всего {all}",
    },
    "silenced": {
        "en": ", silenced",
        "es": ", silenciada",
        "fr": ", en sourdine",
        "ar": "، مكتومة",
        "ru": ", в тишине",
    },
    "no_rules": {
        "en": "no rule speaks here",
        "es": "ninguna regla habla aquí",
        "fr": "aucune règle ne parle ici",
        "ar": "لا قاعدة تخاطب هذه المحادثة",
        "ru": "здесь не говорит ни одно правило",
    },
    "why_how": {
        "en": "answer an alert with /why, or write /why and its story's number",
        "es": "responda a una alerta con /why, o escriba /why y el número de su tema",
        "fr": "répondez à une alerte par /why, ou écrivez /why et le numéro de son sujet",
        "ar": "أجب على تنبيه بـ /why، أو اكتب /why ورقم خبره",
        "ru": "ответьте на оповещение командой /why или напишите /why и номер истории",
    },
    "why_rule": {
        "en": "Rule {rule} ({title}), {severity}",
        "es": "Regla {rule} ({title}), {severity}",
        "fr": "Règle {rule} ({title}), {severity}",
        "ar": "القاعدة {rule} ({title})، {severity}",
        "ru": "Правило {rule} ({title}), {severity}",
    },
    "why_field": {
        "en": " in {field}",
        "es": " en {field}",
        "fr": " dans {field}",
        "ar": " ({field})",
        "ru": " ({field})",
    },
    "why_story": {
        "en": "Story {story}, {n:entry|entries}:",
        "es": "Tema {story}, {n:entrada|entradas}:",
        "fr": "Sujet {story}, {n:article|articles} :",
        "ar": "الخبر {story}، المواد: {n}",
        "ru": "История {story}, записей: {n}",
    },
    "why_alike": {
        "en": ", similarity {alike}",
        "es": ", semejanza {alike}",
        "fr": ", similitude {alike}",
        "ar": "، التشابه {alike}",
        "ru": ", сходство {alike}",
    },
    "why_answer": {
        "en": "{what} by {by}, {at}",
        "es": "{what}: {by}, {at}",
        "fr": "{what} : {by}, {at}",
        "ar": "{what}: {by}، {at}",
        "ru": "{what}: {by}, {at}",
    },
    "why_more": {
        "en": "More: watcher explain {entry}",
        "es": "Más: watcher explain {entry}",
        "fr": "Plus : watcher explain {entry}",
        "ar": "المزيد: watcher explain {entry}",
        "ru": "Подробнее: watcher explain {entry}",
    },
    "silence_none": {
        "en": "no silence holds",
        "es": "no hay silencio vigente",
        "fr": "aucun silence en vigueur",
        "ar": "لا إسكات ساريًا",
        "ru": "тишина не действует",
    },
    "silence_line": {
        "en": "{number}: {what} until {until}, held {n}",
        "es": "{number}: {what} hasta {until}, retenidas {n}",
        "fr": "{number} : {what} jusqu’au {until}, retenues {n}",
        "ar": "{number}: {what} حتى {until}، المحجوب {n}",
        "ru": "{number}: {what} до {until}, придержано {n}",
    },
    "silence_added": {
        "en": "silence {number} until {until}: {what}",
        "es": "silencio {number} hasta {until}: {what}",
        "fr": "silence {number} jusqu’au {until} : {what}",
        "ar": "الإسكات {number} حتى {until}: {what}",
        "ru": "тишина {number} до {until}: {what}",
    },
    "silence_ended": {
        "en": "silence {number} has ended",
        "es": "el silencio {number} ha terminado",
        "fr": "le silence {number} est fini",
        "ar": "انتهى الإسكات {number}",
        "ru": "тишина {number} закончилась",
    },
    "silence_unknown": {
        "en": "no such silence holds; /silence lists them",
        "es": "no hay tal silencio; /silence los muestra",
        "fr": "pas de tel silence ; /silence les montre",
        "ar": "لا إسكات كهذا؛ /silence يعرضها",
        "ru": "такой тишины нет; /silence покажет список",
    },
    "silence_for_all": {
        "en": "silence {number} holds for others too: watcher silence expire {number}",
        "es": "el silencio {number} vale también para otros: watcher silence expire {number}",
        "fr": "le silence {number} vaut aussi pour d’autres : watcher silence expire {number}",
        "ar": "الإسكات {number} يشمل غيركم أيضًا: watcher silence expire {number}",
        "ru": "тишина {number} действует и для других: watcher silence expire {number}",
    },
    "no_duration": {
        "en": "“{word}” is not a duration such as 30m, 2h or 7d. Write /silence 2h rule ID",
        "es": "«{word}» no es una duración como 30m, 2h o 7d. Escriba /silence 2h rule ID",
        "fr": "« {word} » n’est pas une durée comme 30m, 2h ou 7d. Écrivez /silence 2h rule ID",
        "ar": "«{word}» ليست مدة مثل 30m أو 2h أو 7d. اكتب /silence 2h rule ID",
        "ru": "«{word}» не длительность вроде 30m, 2h или 7d. Напишите /silence 2h rule ID",
    },
    "say_what": {
        "en": "say what to silence: {kinds}. Write /silence 2h rule ID",
        "es": "diga qué silenciar: {kinds}. Escriba /silence 2h rule ID",
        "fr": "dites ce qu’il faut taire : {kinds}. Écrivez /silence 2h rule ID",
        "ar": "حدد ما يُسكت: {kinds}. اكتب /silence 2h rule ID",
        "ru": "укажите, о чём молчать: {kinds}. Напишите /silence 2h rule ID",
    },
    "no_such": {
        "en": "no {kind} is named '{value}'",
        "es": "no hay {kind} «{value}»",
        "fr": "pas de {kind} « {value} »",
        "ar": "لا وجود لـ{kind} «{value}»",
        "ru": "не найдено: {kind} «{value}»",
    },
    "too_long": {
        "en": "a silence from a chat lasts {n:day|days} at most",
        "es": "un silencio desde un chat dura {n:día|días} como máximo",
        "fr": "un silence depuis une discussion dure {n:jour|jours} au plus",
        "ar": "أقصى مدة للإسكات من المحادثة بالأيام: {n}",
        "ru": "тишина из чата длится не дольше (дней): {n}",
    },
    "nothing_today": {
        "en": "nothing was sent here in the last 24 hours",
        "es": "no se envió nada aquí en las últimas 24 horas",
        "fr": "rien n’a été envoyé ici ces dernières 24 heures",
        "ar": "لم يُرسل شيء هنا في آخر 24 ساعة",
        "ru": "за последние 24 часа сюда ничего не отправлено",
    },
}

#: What stands in Telegram's menu.
MENU: dict[str, dict[str, str]] = {
    "status": {
        "en": "feeds, queue and alarms",
        "es": "fuentes, cola y alarmas",
        "fr": "flux, file d’attente et alarmes",
        "ar": "المصادر والانتظار والإنذارات",
        "ru": "ленты, очередь и тревоги",
    },
    "latest": {
        "en": "the newest alerts",
        "es": "las últimas alertas",
        "fr": "les dernières alertes",
        "ar": "أحدث التنبيهات",
        "ru": "последние оповещения",
    },
    "rules": {
        "en": "rules and what they said",
        "es": "reglas y lo que dijeron",
        "fr": "règles et ce qu’elles ont dit",
        "ar": "القواعد وما قالته",
        "ru": "правила и что они сказали",
    },
    "why": {
        "en": "why an alert came: answer it with /why",
        "es": "por qué llegó una alerta: respóndala con /why",
        "fr": "pourquoi une alerte est venue : répondez-y par /why",
        "ar": "سبب التنبيه: أجب عليه بـ /why",
        "ru": "почему пришло оповещение: ответьте на него /why",
    },
    "silence": {
        "en": "silences: list, add, end",
        "es": "silencios: ver, añadir, terminar",
        "fr": "silences : voir, ajouter, finir",
        "ar": "الإسكات: عرض وإضافة وإنهاء",
        "ru": "тишина: список, добавить, закончить",
    },
    "digest": {
        "en": "the last 24 hours",
        "es": "las últimas 24 horas",
        "fr": "les dernières 24 heures",
        "ar": "آخر 24 ساعة",
        "ru": "последние 24 часа",
    },
}

SEVERITIES: dict[str, dict[Severity, str]] = {
    "en": {severity: str(severity) for severity in Severity},
    "es": dict(zip(Severity, ("extrema", "grave", "moderada", "leve"), strict=True)),
    "fr": dict(zip(Severity, ("extrême", "grave", "modérée", "mineure"), strict=True)),
    "ar": dict(zip(Severity, ("قصوى", "شديدة", "متوسطة", "طفيفة"), strict=True)),
    "ru": dict(zip(Severity, ("крайняя", "серьёзная", "умеренная", "малая"), strict=True)),
}
RELATIONS: dict[str, dict[Relation, str]] = {
    "en": {relation: str(relation) for relation in Relation},
    "es": dict(zip(Relation, ("primera", "republicación", "revisión", "novedad"), strict=True)),
    "fr": dict(zip(Relation, ("premier", "reprise", "révision", "évolution"), strict=True)),
    "ar": dict(zip(Relation, ("الأصل", "إعادة نشر", "مراجعة", "تحديث"), strict=True)),
    "ru": dict(zip(Relation, ("первая", "перепечатка", "правка", "обновление"), strict=True)),
}
_FIELDS: dict[str, dict[str, str]] = {
    "es": {"title": "el título", "summary": "el resumen", "content": "el texto"},
    "fr": {"title": "le titre", "summary": "le résumé", "content": "le texte"},
    "ar": {"title": "العنوان", "summary": "الملخص", "content": "النص"},
    "ru": {"title": "заголовок", "summary": "краткое содержание", "content": "текст"},
}


def chat(language: str, name: str, **values: object) -> str:
    """Return what is said to a command, its gaps filled."""
    return fill(_SAID[name][language], values)


def field_name(language: str, field: str) -> str:
    """Return what a field of an entry is called."""
    return _FIELDS.get(language, {}).get(field, field)
