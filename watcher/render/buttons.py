"""The words on buttons and of the answers to them, in the languages that readers can choose."""

from watcher.render.words import fill

#: What a button stands for, in the order in which they are shown; one tuple a row.
ROWS = (("seen", "why"), ("mute", "snooze_1h", "snooze_24h"), ("irrelevant", "duplicate"))
WHATS = frozenset(what for row in ROWS for what in row)

_LABELS = {
    "en": {
        "seen": "✓ Seen", "why": "Why?", "mute": "Mute story", "snooze_1h": "Snooze rule 1 h",
        "snooze_24h": "24 h", "irrelevant": "Not relevant", "duplicate": "Wrong duplicate", "back": "← Back",
    },
    "es": {
        "seen": "✓ Visto", "why": "¿Por qué?", "mute": "Silenciar tema", "snooze_1h": "Pausar regla 1 h",
        "snooze_24h": "24 h", "irrelevant": "No relevante", "duplicate": "Duplicado erróneo", "back": "← Atrás",
    },
    "fr": {
        "seen": "✓ Vu", "why": "Pourquoi ?", "mute": "Taire le sujet", "snooze_1h": "Pause règle 1 h",
        "snooze_24h": "24 h", "irrelevant": "Hors sujet", "duplicate": "Faux doublon", "back": "← Retour",
    },
    "ar": {
        "seen": "✓ شوهد", "why": "لماذا؟", "mute": "كتم الخبر", "snooze_1h": "إيقاف القاعدة ساعة",
        "snooze_24h": "24 ساعة", "irrelevant": "غير ذي صلة", "duplicate": "تكرار خاطئ", "back": "رجوع",
    },
    "ru": {
        "seen": "✓ Прочитано", "why": "Почему?", "mute": "Не об этом", "snooze_1h": "Пауза правила 1 ч",
        "snooze_24h": "24 ч", "irrelevant": "Не по теме", "duplicate": "Не дубликат", "back": "← Назад",
    },
}  # fmt: skip

_ANSWERS = {
    "en": {
        "seen": "Noted as seen.", "already": "Already noted.", "muted": "This story is silent until {until}.",
        "snoozed": "Rule “{rule}” is silent until {until}.", "irrelevant": "Noted as not relevant.",
        "which": "Which one is another story?", "no_duplicate": "Nothing has joined this story.",
        "split": "Now a story of its own; {n:alert follows|alerts follow}.",
        "split_none": "Now a story of its own; no rule meets it.",
        "refused": "You are not entitled to that.", "gone": "This message is not known any more.",
        "broken": "That failed; the watcher's log says why.",
    },
    "es": {
        "seen": "Anotado como visto.", "already": "Ya estaba anotado.", "muted": "Este tema calla hasta {until}.",
        "snoozed": "La regla «{rule}» calla hasta {until}.", "irrelevant": "Anotado como no relevante.",
        "which": "¿Cuál es otro tema?", "no_duplicate": "Nada se ha unido a este tema.",
        "split": "Ahora es un tema propio; {n:alerta sigue|alertas siguen}.",
        "split_none": "Ahora es un tema propio; sin regla.",
        "refused": "No tiene permiso para eso.", "gone": "Este mensaje ya no se conoce.",
        "broken": "Ha fallado; el registro dice por qué.",
    },
    "fr": {
        "seen": "Noté comme vu.", "already": "Déjà noté.", "muted": "Ce sujet se tait jusqu’à {until}.",
        "snoozed": "La règle « {rule} » se tait jusqu’à {until}.", "irrelevant": "Noté comme hors sujet.",
        "which": "Lequel est un autre sujet ?", "no_duplicate": "Rien n’a rejoint ce sujet.",
        "split": "Désormais un sujet à part ; {n:alerte suit|alertes suivent}.",
        "split_none": "Désormais un sujet à part, sans règle.",
        "refused": "Vous n’y êtes pas autorisé.", "gone": "Ce message n’est plus connu.",
        "broken": "Échec ; le journal dit pourquoi.",
    },
    "ar": {
        "seen": "سُجّل أنه شوهد.", "already": "سُجّل من قبل.", "muted": "هذا الخبر صامت حتى {until}.",
        "snoozed": "القاعدة «{rule}» صامتة حتى {until}.", "irrelevant": "سُجّل غير ذي صلة.",
        "which": "أيها خبر آخر؟", "no_duplicate": "لم ينضم شيء إلى هذا الخبر.",
        "split": "صار خبرًا مستقلًا؛ تنبيهات تالية: {n}.", "split_none": "صار خبرًا مستقلًا بلا قاعدة.",
        "refused": "لا يحق لك ذلك.", "gone": "هذه الرسالة لم تعد معروفة.", "broken": "تعذر ذلك؛ السجل يبيّن السبب.",
    },
    "ru": {
        "seen": "Отмечено: прочитано.", "already": "Уже отмечено.", "muted": "Эта история молчит до {until}.",
        "snoozed": "Правило «{rule}» молчит до {until}.", "irrelevant": "Отмечено: не по теме.",
        "which": "Что из этого другая история?", "no_duplicate": "К этой истории ничего не присоединено.",
        "split": "Теперь отдельная история; сообщений: {n}.", "split_none": "Теперь отдельная история, без правил.",
        "refused": "У вас нет на это прав.", "gone": "Это сообщение больше не известно.",
        "broken": "Не удалось; причина в журнале.",
    },
}  # fmt: skip


def label(language: str, what: str) -> str:
    """Return the word on a button."""
    return _LABELS[language][what]


def reply(language: str, name: str, **values: object) -> str:
    """Return the answer to a press, its gaps filled."""
    return fill(_ANSWERS[language][name], values)


def done(language: str, what: str) -> str:
    """Return what a reader did, in words: the button's, without its sign."""
    return what if language == "en" or what not in _LABELS[language] else label(language, what).lstrip("✓ ")


def keyboard(language: str, handle: int, *, joined: bool) -> tuple[tuple[tuple[str, str], ...], ...]:
    """Return rows of label and data: the buttons below an alert. `joined` says that other entries are in the story."""
    return tuple(
        tuple((label(language, what), f"{what}:{handle}") for what in row if joined or what != "duplicate")
        for row in ROWS
    )
