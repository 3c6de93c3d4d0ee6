"""What a model is to continue: a plain text, or a dialogue written as its chat template says."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from loupe.engine.encoding import encode, vocabulary_of
from loupe.engine.loaded import LoadedModel
from loupe.errors import EmptyText, InvalidInput, TextTooLong
from loupe.tasks.text_generation.query import GenerationQuery, Message
from loupe.traces import TokenKind, TokenRecord


@dataclass(frozen=True, slots=True)
class Prompt:
    """text: what is tokenised. records: its T tokens, those that the tokenizer adds too."""

    text: str
    records: tuple[TokenRecord, ...]

    @property
    def ids(self) -> list[int]:
        return [record.token_id for record in self.records]


def read_prompt(loaded: LoadedModel, query: GenerationQuery) -> Prompt:
    """The tokens that the model reads before it continues.

    An end token that the tokenizer puts behind every text is left out: nothing follows an end.
    Raises EmptyText where there is nothing to begin with, TextTooLong, InvalidInput.
    """
    text = templated(loaded, query.messages) if query.messages else query.prompt
    encoding = encode(
        loaded,
        text,
        check_length=False,
        read_masks=False,
        # A template writes the special tokens itself.
        add_special_tokens=not query.messages,
    )
    records = list(encoding.records)
    while records and records[-1].kind is TokenKind.SPECIAL and records[-1].span is None:
        if records[-1].token_id == loaded.tokenizer.bos_token_id:
            break
        records.pop()
    if not records:
        records = [_beginning(loaded)]
    _refuse_full(loaded, len(records) + len(query.chosen))
    return Prompt(text, tuple(records))


def has_chat_template(loaded: LoadedModel) -> bool:
    """Whether the checkpoint says how a dialogue is written."""
    return bool(getattr(loaded.tokenizer, "chat_template", None))


def templated(loaded: LoadedModel, messages: tuple[Message, ...]) -> str:
    """The dialogue as one text, up to where the model's answer begins.

    Raises InvalidInput where the checkpoint has no template, or refuses this order of roles.
    """
    if not has_chat_template(loaded):
        raise InvalidInput(
            "“{name}” has no chat template: it was not trained on dialogues.",
            "Write a text for it to continue, or choose a chat model.",
            name=loaded.name,
        )
    turns = [{"role": message.role, "content": message.content} for message in messages]
    import jinja2

    try:
        text: str = loaded.tokenizer.apply_chat_template(
            turns, add_generation_prompt=True, tokenize=False
        )
    except jinja2.TemplateError as error:
        raise InvalidInput(
            "The chat template of “{name}” refuses these messages.",
            "Its own words are below. Some models take no system prompt, or want user and "
            "assistant in turns.",
            name=loaded.name,
            detail=str(error),
        ) from error
    return text


def end_ids(loaded: LoadedModel) -> frozenset[int]:
    """The tokens with which the checkpoint says that a text is over."""
    found: set[int] = set()
    for holder in (loaded.model.generation_config, loaded.model.config, loaded.tokenizer):
        ids: Any = getattr(holder, "eos_token_id", None)
        if ids is not None and not found:
            found.update(ids if isinstance(ids, list | tuple) else [ids])
    return frozenset(found)


def _beginning(loaded: LoadedModel) -> TokenRecord:
    """The token that an empty text begins with."""
    token_id = loaded.tokenizer.bos_token_id
    if token_id is None:
        raise EmptyText(
            "There is no text yet, and this model has no token to begin one with.",
            "Type the beginning of a text.",
        )
    token, text = vocabulary_of(loaded).entry(token_id)
    return TokenRecord(token_id, token, text, TokenKind.SPECIAL, group=0)


def _refuse_full(loaded: LoadedModel, tokens: int) -> None:
    limit = loaded.context_length
    if limit is not None and tokens >= limit:
        raise TextTooLong(
            "The text is {tokens} tokens long; this model reads at most {limit}, so that there is "
            "no room for new ones.",
            "Shorten it, or choose a model that reads more.",
            tokens=f"{tokens:,}",
            limit=f"{limit:,}",
        )
