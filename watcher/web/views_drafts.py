"""Rule files: reading one, trying a draft of it, saving it."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import yaml
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from watcher.config import can_save, new_rule_file, read_rule_file, rule_files, save_rule_file, stamps
from watcher.errors import Fault, FaultsFound, UsageError
from watcher.web.forms import Asked, Done
from watcher.web.page import Page, parameter, query
from watcher.web.trying import Draft, new_number

#: Characters of an address that name a file, and of a text that a draft is tried on.
NAME, SAMPLE = 500, 20_000
#: What a new rule file begins with.
BEGINNING = """\
rules:
  - id: {id}
    title: {id}
    severity: moderate
    when:
      any: [storm*, hurricane*]
    receivers: [{receiver}]
    examples:
      match: [A hurricane nears Florida]
      ignore: [A calm day in Florida]
"""


def edited(page: Page, request: Request) -> Response:
    """A rule file as it is, or the beginning of a new one, in a form."""
    name = parameter(request, "file", NAME)
    if not name and "new" in request.query_params:
        return _begun(page, request)
    file = _file(page, name)
    try:
        text, before = read_rule_file(file)
    except FaultsFound as error:
        raise HTTPException(409, str(error.faults[0].message)) from None
    except UsageError as error:
        raise HTTPException(409, str(error)) from None
    return page.html(
        request, "edit.html", name=name, text=text, before=before, can_save=can_save(file), changed=_changed_at(file),
        most=SAMPLE,
    )  # fmt: skip


def _begun(page: Page, request: Request) -> Response:
    config = page.config()
    try:
        name, file = new_rule_file(config, parameter(request, "new"))
    except UsageError as error:
        raise HTTPException(400, f"{error}.") from None
    receiver = next(iter([*config.default_receivers, *sorted(config.receivers)]), "")
    rule = yaml.safe_dump(file.stem.lower()).splitlines()[0]  # in quotes where it would not be read as text: "2026"
    text = BEGINNING.format(id=rule, receiver=receiver)
    return page.html(
        request, "edit.html", name=name, text=text, before="", can_save=can_save(file), changed=None,
        most=SAMPLE,
    )  # fmt: skip


def shown(page: Page, request: Request) -> Response:
    """A draft, and what is known of it by now."""
    return page.html(request, "draft.html", **_about(page, request))


def piece(page: Page, request: Request) -> Response:
    """What is known of a draft, for the script that asks until it is over."""
    return page.html(request, "verdict.html", **_about(page, request))


def begin(page: Page, asked: Asked) -> Done:
    """Take a draft and begin to try it."""
    name, text = asked.form.get("file", ""), asked.form.get("text", "").replace("\r\n", "\n")
    sample = asked.form.get("sample", "").replace("\r\n", "\n").strip()[:SAMPLE]
    config, before = page.config(), asked.form.get("before", "")
    file = rule_files(config).get(name)
    try:
        if file is None and not before:
            name, file = new_rule_file(config, name)
    except UsageError as error:
        return Done("/rules", f"{error}.", is_done=False)
    if file is None:
        return Done("/rules", "There is no such rule file.", is_done=False)
    files = stamps(config.files, config.rule_directories)
    draft = Draft(new_number(), name, file, before, text.rstrip() + "\n", sample, files)
    page.drafts.start(config, draft)
    return Done(f"/drafts/{draft.number}", "")


def save(page: Page, asked: Asked) -> Done:
    """Put a draft that is in order into its file's place."""
    draft, config = page.drafts.numbered(asked.form.get("draft", "")), page.config()
    if draft is None:
        return Done("/rules", "The draft is not kept any more; try it again.", is_done=False)
    back = f"/drafts/{draft.number}"
    if not draft.is_good:
        return Done(back, "Only a draft that was tried and is in order can be saved.", is_done=False)
    now = stamps(config.files, config.rule_directories)
    others = {path for path in now.keys() | draft.stamps.keys() if now.get(path) != draft.stamps.get(path)}
    if others - {draft.file}:
        return Done(back, "Other files were changed since it was tried: try it again.", is_done=False)
    try:
        backup = save_rule_file(config, draft.file, draft.text, draft.before)
    except UsageError as error:
        return Done(back, f"{error}.", is_done=False)
    soon = "within seconds" if config.reload else "at the next SIGHUP, for `reload` is off"
    facts = {"what": "rule file", "file": draft.name, "backup": backup.name if backup else None}
    held = f"; {backup.name} has what it held" if backup else ""
    sentence = f"{draft.name} was saved and takes effect {soon}{held}."
    return Done(f"/edit?{query({'file': draft.name})}", sentence, facts=facts)


def files_told(page: Page) -> list[dict[str, Any]]:
    """Return each rule file with when it was changed last and how many rules are in force from it."""
    config = page.config()
    counts: dict[Path, int] = {}
    for rule in config.rules.sources:
        counts[Path(rule.document.file)] = counts.get(Path(rule.document.file), 0) + 1
    return [
        {"name": name, "file": str(file), "changed": _changed_at(file), "rules": counts.get(file, 0)}
        for name, file in rule_files(config).items()
    ]


# ---------------------------------------------------------------- inside


def _file(page: Page, name: str) -> Path:
    """Find a file by its name: only names that are listed lead anywhere."""
    file = rule_files(page.config()).get(name)
    if file is None:
        raise HTTPException(404, "there is no such rule file")
    return file


def _about(page: Page, request: Request) -> dict[str, Any]:
    draft = page.drafts.numbered(request.path_params["draft"])
    if draft is None:
        raise HTTPException(404, "there is no such draft any more; edit the file again")
    lines = draft.text.split("\n")
    names = {str(file): name for name, file in rule_files(page.config()).items()}

    def told(fault: Fault) -> dict[str, Any]:
        mine = fault.file == str(draft.file) and 0 < fault.line <= len(lines)
        line = lines[fault.line - 1][:300] if mine else ""
        return {"fault": fault, "file": "" if mine else names.get(fault.file, fault.file), "source": line}

    faults, warnings = ([told(fault) for fault in some] for some in (draft.faults, draft.warnings))
    return {
        "draft": draft, "faults": faults, "warnings": warnings, "can_save": can_save(draft.file), "most": SAMPLE,
    }  # fmt: skip


def _changed_at(file: Path) -> datetime | None:
    try:
        return datetime.fromtimestamp(int(file.stat().st_mtime), UTC)
    except OSError:
        return None
