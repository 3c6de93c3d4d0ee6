"""The languages of tokenizers that have codes for them (mBART, NLLB, M2M100).

Each of these classes keeps its codes elsewhere; here they are one mapping from code to token id.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from loupe.engine.loaded import LoadedModel
from loupe.engine.seq2seq.settings import Start, start_of
from loupe.errors import InvalidInput

# en_XX (mBART), eng_Latn (NLLB), __en__ (M2M100).
_CODE = re.compile(r"[a-z]{2,3}_[A-Z][A-Za-z]{1,3}")


def language_ids(loaded: LoadedModel) -> dict[str, int]:
    """Code → id of its token; empty for a tokenizer that knows no languages."""
    known = loaded.memo.get("language_ids")
    if known is None:
        known = loaded.memo["language_ids"] = _find(loaded.tokenizer, loaded.model)
    return dict(known)


def _find(tokenizer: Any, model: Any) -> dict[str, int]:
    if not hasattr(tokenizer, "src_lang"):
        return {}
    named = getattr(tokenizer, "lang_code_to_id", None)
    if not named:
        tokens = [token for token in tokenizer.all_special_tokens if _CODE.fullmatch(token)]
        named = dict(zip(tokens, tokenizer.convert_tokens_to_ids(tokens), strict=True))
    # A checkpoint with fewer languages than its tokenizer's class has no rows for the others; the
    # tokenizer gives them the id of an unknown token.
    rows = model.get_input_embeddings().weight.shape[0]
    unknown = tokenizer.unk_token_id
    return {code: i for code, i in named.items() if i is not None and i != unknown and i < rows}


def check_language(loaded: LoadedModel, code: str) -> int:
    """The id of a language's token. Raises InvalidInput for one that the checkpoint lacks."""
    known = language_ids(loaded)
    if code not in known:
        raise InvalidInput(
            "“{name}” knows no language “{code}”.",
            "Choose one of: {codes}.",
            name=loaded.name,
            code=code,
            codes=", ".join(sorted(known)) or "–",
        )
    return known[code]


@contextmanager
def languages(loaded: LoadedModel, source: str | None, target: str | None) -> Iterator[None]:
    """The tokenizer set to these languages meanwhile; None leaves what it is set to.

    Raises InvalidInput as `check_language`.
    """
    wanted = {"src_lang": source, "tgt_lang": target}
    wanted = {name: code for name, code in wanted.items() if code is not None}
    for code in wanted.values():
        check_language(loaded, str(code))
    before = {name: getattr(loaded.tokenizer, name) for name in wanted}
    try:
        for name, code in wanted.items():
            setattr(loaded.tokenizer, name, code)
        yield
    finally:
        for name, code in before.items():
            setattr(loaded.tokenizer, name, code)


def start_for(loaded: LoadedModel, target: str | None) -> Start:
    """The start of an output in a language; None is what the checkpoint carries.

    mBART's first checkpoints begin with the language itself; its later ones, NLLB and M2M100 put it
    second, after the end-of-sequence token.
    """
    start = start_of(loaded)
    if target is None:
        return start
    token_id = check_language(loaded, target)
    if start.first_id in language_ids(loaded).values():
        return Start(token_id)
    return replace(start, forced_id=token_id)
