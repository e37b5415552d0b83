"""The watcher's sentences about itself, in the languages that readers can choose.

What a service, a server or a library said stays as it was said. `in_english` is what the log, `status` and the
database hold; receivers get `say` in their own language, with times on their own clock.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, tzinfo
from typing import Any

from watcher.model import AlertKind, Sentence
from watcher.render.words import MATCHERS, fill

#: Name → language → words. see `fill` for the numbers.
_SENTENCES: dict[str, dict[str, str]] = {
    "feed_failing": {
        "en": "feed {feed} has failed since {since} ({n:poll|polls}): {error}. It is tried on, less often.",
        "es": "la fuente {feed} falla desde {since} ({n:sondeo|sondeos}): {error}. Se sigue intentando, más espaciado.",
        "fr": "le flux {feed} échoue depuis {since} ({n:relevé|relevés}) : {error}. On réessaie, moins souvent.",
        "ar": "المصدر {feed} متعطل منذ {since} (المحاولات: {n}): {error}. تستمر المحاولات بوتيرة أقل.",
        "ru": "лента {feed} недоступна с {since} (опросов: {n}): {error}. Попытки продолжаются, но реже.",
    },
    "feed_well": {
        "en": "feed {feed} is well again",
        "es": "la fuente {feed} vuelve a funcionar",
        "fr": "le flux {feed} fonctionne de nouveau",
        "ar": "عاد المصدر {feed} إلى العمل",
        "ru": "лента {feed} снова в порядке",
    },
    "feed_removed": {
        "en": "feed {feed} is no longer watched",
        "es": "la fuente {feed} ya no se vigila",
        "fr": "le flux {feed} n’est plus suivi",
        "ar": "لم يعد المصدر {feed} مراقبًا",
        "ru": "лента {feed} больше не отслеживается",
    },
    "sign_missed": {
        "en": "feed {feed}: {detail}",
        "es": "fuente {feed}: pueden haberse perdido entradas desde el sondeo anterior",
        "fr": "flux {feed} : des entrées ont pu être manquées depuis le relevé précédent",
        "ar": "المصدر {feed}: ربما فاتت مواد منذ القراءة السابقة",
        "ru": "лента {feed}: с прошлого опроса записи могли быть пропущены",
    },
    "sign_undated": {
        "en": "feed {feed}: {detail}",
        "es": "fuente {feed}: ninguna de sus entradas tiene una fecha que pueda ser cierta",
        "fr": "flux {feed} : aucune de ses entrées n’a de date plausible",
        "ar": "المصدر {feed}: لا تحمل أي من مواده تاريخًا صحيحًا",
        "ru": "лента {feed}: ни у одной записи нет правдоподобной даты",
    },
    "sign_moved": {
        "en": "feed {feed}: {detail}",
        "es": "fuente {feed}: se ha mudado para siempre a {to}; cambie su url",
        "fr": "flux {feed} : il a déménagé définitivement vers {to} ; changez son url",
        "ar": "المصدر {feed}: انتقل نهائيًا إلى {to}؛ غيّر عنوانه (url)",
        "ru": "лента {feed}: навсегда переехала на {to}; измените её url",
    },
    "sign_certificate": {
        "en": "feed {feed}: {detail}",
        "es": "fuente {feed}: el certificado de su servidor vence pronto y no se ha renovado",
        "fr": "flux {feed} : le certificat de son serveur expire bientôt et n’a pas été renouvelé",
        "ar": "المصدر {feed}: شهادة خادمه توشك أن تنتهي ولم تُجدَّد",
        "ru": "лента {feed}: сертификат её сервера скоро истекает и не обновлён",
    },
    "sign_silent": {
        "en": "feed {feed}: {detail}",
        "es": "fuente {feed}: sin entradas nuevas desde {since}, mucho más de lo habitual",
        "fr": "flux {feed} : aucune entrée depuis {since}, bien plus longtemps que d’habitude",
        "ar": "المصدر {feed}: لا مواد جديدة منذ {since}، وهذا أطول من المعتاد بكثير",
        "ru": "лента {feed}: новых записей нет с {since}, намного дольше обычного",
    },
    "sign_hub": {
        "en": "feed {feed}: {detail}. It is polled as usual.",
        "es": "fuente {feed}: su hub no avisa de entradas nuevas; se sondea como siempre ({detail})",
        "fr": "flux {feed} : son hub ne signale pas les nouvelles entrées ; il est relevé comme d’habitude ({detail})",
        "ar": "المصدر {feed}: خادم الإشعارات لا يخبر بالمواد الجديدة؛ يُقرأ كالمعتاد ({detail})",
        "ru": "лента {feed}: её хаб не сообщает о новых записях; она опрашивается как обычно ({detail})",
    },
    "gone_hub": {
        "en": "feed {feed}: its hub tells of new entries again",
        "es": "fuente {feed}: su hub vuelve a avisar de entradas nuevas",
        "fr": "flux {feed} : son hub signale de nouveau les nouvelles entrées",
        "ar": "المصدر {feed}: عاد خادم الإشعارات يخبر بالمواد الجديدة",
        "ru": "лента {feed}: её хаб снова сообщает о новых записях",
    },
    "gone_missed": {
        "en": "feed {feed}: its polls share entries again",
        "es": "fuente {feed}: sus sondeos vuelven a compartir entradas",
        "fr": "flux {feed} : ses relevés se recoupent de nouveau",
        "ar": "المصدر {feed}: عادت قراءاته تتداخل",
        "ru": "лента {feed}: опросы снова пересекаются",
    },
    "gone_undated": {
        "en": "feed {feed}: its entries have dates again",
        "es": "fuente {feed}: sus entradas vuelven a tener fecha",
        "fr": "flux {feed} : ses entrées ont de nouveau des dates",
        "ar": "المصدر {feed}: عادت مواده تحمل تواريخ",
        "ru": "лента {feed}: у записей снова есть даты",
    },
    "gone_moved": {
        "en": "feed {feed}: its address is right again",
        "es": "fuente {feed}: su dirección vuelve a ser correcta",
        "fr": "flux {feed} : son adresse est de nouveau juste",
        "ar": "المصدر {feed}: عنوانه صحيح من جديد",
        "ru": "лента {feed}: адрес снова верный",
    },
    "gone_certificate": {
        "en": "feed {feed}: its server's certificate has been renewed",
        "es": "fuente {feed}: se ha renovado el certificado de su servidor",
        "fr": "flux {feed} : le certificat de son serveur a été renouvelé",
        "ar": "المصدر {feed}: جُدّدت شهادة خادمه",
        "ru": "лента {feed}: сертификат сервера обновлён",
    },
    "gone_silent": {
        "en": "feed {feed}: it brings new entries again",
        "es": "fuente {feed}: vuelve a traer entradas nuevas",
        "fr": "flux {feed} : il apporte de nouveau des entrées",
        "ar": "المصدر {feed}: عاد يقدّم مواد جديدة",
        "ru": "лента {feed}: снова приносит новые записи",
    },
    "receiver_removed": {
        "en": "receiver {receiver} is no longer configured",
        "es": "el receptor {receiver} ya no está configurado",
        "fr": "le destinataire {receiver} n’est plus configuré",
        "ar": "لم يعد المستلم {receiver} مهيأً",
        "ru": "получателя {receiver} больше нет в настройках",
    },
    "receiver_gone": {
        "en": "receiver {receiver} is no longer configured; given up for it: {n:delivery|deliveries}",
        "es": "el receptor {receiver} ya no está configurado; se abandonan {n:entrega|entregas}",
        "fr": "le destinataire {receiver} n’est plus configuré ; abandonné : {n:envoi|envois}",
        "ar": "لم يعد المستلم {receiver} مهيأً؛ رسائل تُرك تسليمها: {n}",
        "ru": "получателя {receiver} больше нет в настройках; отменено сообщений: {n}",
    },
    "receiver_down": {
        "en": "receiver {receiver} is down: {reason}",
        "es": "el receptor {receiver} no acepta nada: {reason}",
        "fr": "le destinataire {receiver} n’accepte rien : {reason}",
        "ar": "المستلم {receiver} متعطل: {reason}",
        "ru": "получатель {receiver} ничего не принимает: {reason}",
    },
    "receiver_silent": {
        "en": "receiver {receiver} has taken nothing since {since}: {reason}",
        "es": "el receptor {receiver} no ha aceptado nada desde {since}: {reason}",
        "fr": "le destinataire {receiver} n’a rien accepté depuis {since} : {reason}",
        "ar": "لم يقبل المستلم {receiver} شيئًا منذ {since}: {reason}",
        "ru": "получатель {receiver} ничего не принял с {since}: {reason}",
    },
    "receiver_well": {
        "en": "receiver {receiver} accepts messages again",
        "es": "el receptor {receiver} vuelve a aceptar mensajes",
        "fr": "le destinataire {receiver} accepte de nouveau les messages",
        "ar": "عاد المستلم {receiver} يقبل الرسائل",
        "ru": "получатель {receiver} снова принимает сообщения",
    },
    "chat_deaf": {
        "en": "buttons and commands of {receiver} are not heard: {reason}",
        "es": "los botones y órdenes de {receiver} no se oyen: {reason}",
        "fr": "les boutons et commandes de {receiver} ne sont pas entendus : {reason}",
        "ar": "أزرار {receiver} وأوامره لا تصل: {reason}",
        "ru": "кнопки и команды {receiver} не слышны: {reason}",
    },
    "chat_well": {
        "en": "buttons and commands of {receiver} are heard again",
        "es": "los botones y órdenes de {receiver} se oyen de nuevo",
        "fr": "les boutons et commandes de {receiver} sont de nouveau entendus",
        "ar": "عادت أزرار {receiver} وأوامره تصل",
        "ru": "кнопки и команды {receiver} снова слышны",
    },
    "template_failed": {
        "en": "the template of {receiver} failed and the built-in one was used: {fault}",
        "es": "la plantilla de {receiver} falló y se usó la incorporada: {fault}",
        "fr": "le modèle de {receiver} a échoué, celui d’origine a servi : {fault}",
        "ar": "تعطل قالب {receiver} واستُعمل القالب المدمج: {fault}",
        "ru": "шаблон {receiver} не сработал, взят встроенный: {fault}",
    },
    "template_well": {
        "en": "the template of {receiver} works again",
        "es": "la plantilla de {receiver} vuelve a funcionar",
        "fr": "le modèle de {receiver} fonctionne de nouveau",
        "ar": "عاد قالب {receiver} إلى العمل",
        "ru": "шаблон {receiver} снова работает",
    },
    "config_faults": {
        "en": "the changed files have {n:fault|faults}, the old ones stay in force: {fault}",
        "es": "los archivos cambiados tienen {n:error|errores}, siguen vigentes los anteriores: {fault}",
        "fr": "les fichiers changés ont {n:erreur|erreurs}, les anciens restent en vigueur : {fault}",
        "ar": "في الملفات المعدلة أخطاء ({n})، وتبقى السابقة سارية: {fault}",
        "ru": "в изменённых файлах ошибки ({n}), действуют прежние: {fault}",
    },
    "reload_broke": {
        "en": "a reload broke and is tried again: {reason}",
        "es": "una recarga falló y se intentará de nuevo: {reason}",
        "fr": "un rechargement a échoué et sera retenté : {reason}",
        "ar": "تعذرت إعادة التحميل وستُعاد المحاولة: {reason}",
        "ru": "перезагрузка настроек сорвалась и будет повторена: {reason}",
    },
    "config_well": {
        "en": "configuration and rules are in order",
        "es": "la configuración y las reglas están en orden",
        "fr": "la configuration et les règles sont en ordre",
        "ar": "الإعدادات والقواعد سليمة",
        "ru": "настройки и правила в порядке",
    },
    "restart_needed": {
        "en": "changed in the configuration and waiting for a restart: {keys}",
        "es": "cambiado en la configuración y a la espera de un reinicio: {keys}",
        "fr": "changé dans la configuration et en attente d’un redémarrage : {keys}",
        "ar": "تغيّر في الإعدادات وينتظر إعادة التشغيل: {keys}",
        "ru": "изменено в настройках и ждёт перезапуска: {keys}",
    },
    "restart_done": {
        "en": "nothing waits for a restart",
        "es": "nada espera un reinicio",
        "fr": "rien n’attend de redémarrage",
        "ar": "لا شيء ينتظر إعادة التشغيل",
        "ru": "ничто не ждёт перезапуска",
    },
    "web_failed": {
        "en": "page, metrics and health are not served: {why}. {remedy}",
        "es": "la página, las métricas y la salud no se sirven: {why}. {remedy}",
        "fr": "la page, les métriques et l’état ne sont pas servis : {why}. {remedy}",
        "ar": "الصفحة والمقاييس وحالة الخدمة غير متاحة: {why}. {remedy}",
        "ru": "страница, метрики и состояние недоступны: {why}. {remedy}",
    },
    "web_well": {
        "en": "page, metrics and health are served",
        "es": "la página, las métricas y la salud se sirven",
        "fr": "la page, les métriques et l’état sont servis",
        "ar": "الصفحة والمقاييس وحالة الخدمة متاحة",
        "ru": "страница, метрики и состояние доступны",
    },
    "died": {
        "en": "“{title}” ({kind} of rule {rule}, story {story}) was not delivered to {receiver}: {reason}",
        "es": "«{title}» ({kind} de la regla {rule}, tema {story}) no se entregó a {receiver}: {reason}",
        "fr": "« {title} » ({kind} de la règle {rule}, sujet {story}) n’a pas été remis à {receiver} : {reason}",
        "ar": "«{title}» ({kind}، القاعدة {rule}، الخبر {story}) لم يُسلَّم إلى {receiver}: {reason}",
        "ru": "«{title}» ({kind} правила {rule}, история {story}) не доставлено {receiver}: {reason}",
    },
    "died_many": {
        "en": "{n:message was|messages were} not delivered to {receiver}:",
        "es": "{n:mensaje no se entregó|mensajes no se entregaron} a {receiver}:",
        "fr": "{n:message n’a pas été remis|messages n’ont pas été remis} à {receiver} :",
        "ar": "رسائل لم تُسلَّم إلى {receiver}: {n}",
        "ru": "не доставлено {receiver}, сообщений: {n}",
    },
    "died_one": {
        "en": "“{title}” ({kind} of rule {rule}, story {story}): {reason}",
        "es": "«{title}» ({kind} de la regla {rule}, tema {story}): {reason}",
        "fr": "« {title} » ({kind} de la règle {rule}, sujet {story}) : {reason}",
        "ar": "«{title}» ({kind}، القاعدة {rule}، الخبر {story}): {reason}",
        "ru": "«{title}» ({kind} правила {rule}, история {story}): {reason}",
    },
    "alarm_died": {
        "en": "the alarm “{title}” was not delivered to {receiver}: {reason}",
        "es": "la alarma «{title}» no se entregó a {receiver}: {reason}",
        "fr": "l’alarme « {title} » n’a pas été remise à {receiver} : {reason}",
        "ar": "الإنذار «{title}» لم يُسلَّم إلى {receiver}: {reason}",
        "ru": "сигнал тревоги «{title}» не доставлен {receiver}: {reason}",
    },
    "alarm_died_one": {
        "en": "the alarm “{title}”: {reason}",
        "es": "la alarma «{title}»: {reason}",
        "fr": "l’alarme « {title} » : {reason}",
        "ar": "الإنذار «{title}»: {reason}",
        "ru": "сигнал тревоги «{title}»: {reason}",
    },
    "silence_ended": {
        "en": "silence {number} ({what}) has ended; it held back {n:alert|alerts}:",
        "es": "el silencio {number} ({what}) ha terminado; retuvo {n:alerta|alertas}:",
        "fr": "le silence {number} ({what}) est fini ; il a retenu {n:alerte|alertes} :",
        "ar": "انتهى الإسكات {number} ({what})؛ تنبيهات حُجبت: {n}",
        "ru": "тишина {number} ({what}) закончилась; придержано сообщений: {n}",
    },
    "test": {
        "en": "This is a test message of watcher for the receiver {receiver}.",
        "es": "Este es un mensaje de prueba de watcher para el receptor {receiver}.",
        "fr": "Ceci est un message d’essai de watcher pour le destinataire {receiver}.",
        "ar": "هذه رسالة تجريبية من watcher إلى المستلم {receiver}.",
        "ru": "Это пробное сообщение watcher для получателя {receiver}.",
    },
    "more": {
        "en": "and {n} more",
        "es": "y {n} más",
        "fr": "et {n} de plus",
        "ar": "وغيرها: {n}",
        "ru": "и ещё {n}",
    },
}

#: What an alert was, inside a sentence.
_KINDS = {
    "en": {AlertKind.ALERT: "alert", AlertKind.DEVELOPMENT: "development", AlertKind.REPUBLICATION: "republication"},
    "es": {AlertKind.ALERT: "alerta", AlertKind.DEVELOPMENT: "novedad", AlertKind.REPUBLICATION: "republicación"},
    "fr": {AlertKind.ALERT: "alerte", AlertKind.DEVELOPMENT: "évolution", AlertKind.REPUBLICATION: "reprise"},
    "ar": {AlertKind.ALERT: "تنبيه", AlertKind.DEVELOPMENT: "تحديث", AlertKind.REPUBLICATION: "إعادة نشر"},
    "ru": {AlertKind.ALERT: "оповещение", AlertKind.DEVELOPMENT: "обновление", AlertKind.REPUBLICATION: "перепечатка"},
}


def say(language: str, sentence: Sentence, tz: tzinfo) -> str:
    """Return a sentence in a language, times on the clock of `tz`, and the lines below it."""
    values = {name: _shown(language, name, value, tz) for name, value in sentence.values.items()}
    head = fill(_SENTENCES[sentence.name][language], values)
    lines = (line if isinstance(line, str) else say(language, line, tz) for line in sentence.lines)
    return "\n".join([head, *lines])


def in_english(said: Sentence | str) -> str:
    """Return a sentence as the log and the database hold it."""
    return said if isinstance(said, str) else say("en", said, UTC)


def matched(language: str, given: Sequence[Sequence[str]]) -> str:
    """Return what falls under a silence: `rule raid, region SY`."""
    return ", ".join(f"{MATCHERS[language][kind]} {value}" for kind, value in given)


def to_json(said: Sentence | str) -> dict[str, Any] | None:
    """Return the form that is stored; None for a text, which has no other form."""
    if isinstance(said, str):
        return None
    values = {k: {"at": v.isoformat()} if isinstance(v, datetime) else v for k, v in said.values.items()}
    return {"name": said.name, "values": values, "lines": [to_json(line) or line for line in said.lines]}


def from_json(stored: Mapping[str, Any] | None) -> Sentence | None:
    """Read the form that is stored; None for none, and for a sentence that this version does not know."""
    if stored is None or stored["name"] not in _SENTENCES:
        return None
    values = {
        name: datetime.fromisoformat(value["at"]) if isinstance(value, dict) else value
        for name, value in stored["values"].items()
    }
    lines = (line if isinstance(line, str) else from_json(line) for line in stored["lines"])
    return Sentence(stored["name"], values, tuple(line for line in lines if line is not None))


def _shown(language: str, name: str, value: Any, tz: tzinfo) -> Any:
    if isinstance(value, datetime):
        return f"{value.astimezone(tz):%Y-%m-%d %H:%M %Z}"
    if name == "what":
        return matched(language, value)
    return _KINDS[language][AlertKind(value)] if name == "kind" else value
