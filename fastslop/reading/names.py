"""Names by which fields are known, whatever their case, and whether words are joined by ``_`` or capitals."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache

CHATS = (
    "messages conversations conversation contents chat dialogue dialog turns trajectory conversation_history "
    "chat_messages internal".split()
)
MODELS_ANSWERS = (
    "model_output model_response model_answer model_completion llm_output llm_response generated_text generated_output "
    "prediction predicted_text actual_output"
).split()
"""Texts that can be nobody's but a model's: what is beside them is a reference, or a user's."""
ANSWERS = (
    *MODELS_ANSWERS,
    *"story response completion generation output answer output_text response_text generated assistant".split(),
    *"answer_text reply".split(),
)
"""Texts that answer something; a story is no judge's."""
ANYBODYS_TEXTS = "text content message".split()
"""Texts that may be anybody's: they come behind chats, of which they may be the user's part, or a copy."""
SEVERAL_TEXTS = "outputs responses generations completions choices candidates samples resps".split()
LABELS = (
    "model model_name model_id label generator llm llm_name test_model model_test model_version target_model "
    "model_slug model_key ls_model_name model_path generator_name generation_model assistant_model answer_model"
).split()
NAMES_OF_MODELS = "name model_name id model_id slug model label".split()
"""Fields of an object that is a model."""
PROMPTS = (
    "prompt_id question_id prompt instruction question input query user_prompt prompt_text prompt_index prompt_idx "
    "writing_prompt base_prompt user_input user_message problem full_prompt origin_prompt"
).split()
LONGEST_NAME = 100
"""Characters of a model's name at most."""
IDS = (
    "custom_id record_id doc_id task_id session_id instance_id item_id example_id story_id id uid index idx key".split()
)
"""Names that may number the rows of one file only: they come last."""
RECORD_IDS = (
    "id uid uuid record_id custom_id doc_id example_id item_id instance_id sample_id story_id question_id index idx"
).split()
"""Names of what tells a record from others of its file, those that mean nothing else first."""
MESSAGE_IDS = "parent_id parent_message_id parent_uuid parent message_tree_id conversation_id".split()
"""Prompts of records that are messages: what is answered."""
WRAPPED = "message"
"""Field of a record that may hold a turn with its role, as logs and exports have it."""
SAID = ("mes", "text", "content", "value", "message")
"""Fields of a message that hold what was said."""
IS_USERS = "is_user"
"""Field that says of a message whether it is the user's, as SillyTavern has it."""
SYSTEMS = "system system_prompt system_message system_instruction instructions".split()
COMPANY = "input context".split()
"""What an instruction is about."""
GROUPS = (
    "meta metadata config params info run run_metadata eval request response adapter_spec hyperparameters settings "
    "runSettings run_settings generation_settings gen_params llm_output outputs.llm_output "
    "extra.invocation_params extra.metadata extra"
).split()
"""Objects of a record that may name its model."""
ASKING = "inputs input vars variables modelInput doc".split()
"""Objects of a record that may hold its prompt."""
PAIRS = (("_a", "_b", "_c", "_d"), ("_1", "_2", "_3", "_4"), ("_0", "_1", "_2", "_3"))
"""Endings of fields that hold the answers of several models in one record."""
PAIRED_TEXTS = ("conversation", *ANSWERS, "text", "messages", "content")
PAIRED_LABELS = "model generator model_name model_id llm".split()
CHOICES = ("chosen", "rejected")
"""Answers of several models, one of which was preferred."""
PREFERENCES = (CHOICES, ("preferred_output", "non_preferred_output"))
"""The same, as they are called where no model is named."""


@lru_cache(maxsize=1 << 12, typed=True)
def known_as(name: object) -> str:
    """A name without case and separators; Python's objects may have numbers for names."""
    return re.sub(r"[\s_\-]", "", str(name)).casefold()


def in_order(wanted: Iterable[str], found: Iterable[str]) -> Iterator[str]:
    """The names that were found among those wanted, in the order of these; the same spelling first."""
    by_key: dict[str, list[str]] = {}
    for name in found:
        by_key.setdefault(known_as(name), []).append(name)
    for name in wanted:
        yield from sorted(by_key.get(known_as(name), ()), key=lambda spelling: spelling != name)


def has(found: str, wanted: Iterable[str]) -> bool:
    """Whether a name is one of those wanted."""
    return known_as(found) in {known_as(name) for name in wanted}
