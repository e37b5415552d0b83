"""What others take from the package `rules`."""

from watcher.rules.burst import Burst, Ledger, Sighting, told
from watcher.rules.compiling import Known, compile_rules, examine_rules
from watcher.rules.linting import lint, wide_terms
from watcher.rules.ruleset import Explanation, Rule, RuleSet
from watcher.rules.schema import json_schema

__all__ = [
    "Burst",
    "Explanation",
    "Known",
    "Ledger",
    "Rule",
    "RuleSet",
    "Sighting",
    "compile_rules",
    "examine_rules",
    "json_schema",
    "lint",
    "told",
    "wide_terms",
]
