"""What the scripts of translation and summarisation share: one output, and its tokens' scores."""

from __future__ import annotations

import ast

from loupe.engine.seq2seq.decode import Ending
from loupe.engine.seq2seq.outputs import Written, ids_of
from loupe.snippets.loading import Origin, loading_lines

_READ = """
{languages}inputs = tokenizer({text}, return_tensors="pt")
"""

_GENERATE = """
# Put in its place, not passed along: what it leaves open would be taken from the checkpoint's own.
carried = model.generation_config
padding = carried.pad_token_id
model.generation_config = GenerationConfig(
    eos_token_id=carried.eos_token_id,
    forced_eos_token_id=carried.forced_eos_token_id,
    pad_token_id=tokenizer.pad_token_id if padding is None else padding,
    decoder_start_token_id={first_id},
{settings})
with torch.inference_mode():
    ids = model.generate(**inputs, decoder_input_ids=torch.tensor([{given}]))
"""

_GIVEN = """
ids = torch.tensor([{given}])  # chosen to the end, so nothing is left to generate
"""

_SCORES = """
# One forward over source and target; what stands before the output was not chosen.
with torch.inference_mode():
    logits = model(**inputs, decoder_input_ids=ids[:, :-1]).logits[0, {before} :].float()
log_probs = torch.log_softmax(logits, dim=-1)  # (tokens, vocabulary)

output = ids[0, {start} :].tolist()
print(tokenizer.decode(output, skip_special_tokens=True))
for token_id, row in zip(output, log_probs):
    log_prob = row[token_id].item()
    token = tokenizer.convert_ids_to_tokens(token_id)
    print(f"{{row[token_id].exp():.6f}}  {{log_prob:10.4f}}  {{token!r}}")
"""


def text_to_text_script(
    written: Written,
    origin: Origin,
    *,
    auto_class: str,
    num_beams: int,
    prefix: tuple[int, ...],
    kept: tuple[tuple[str, str], ...],
    language: str | None = None,
) -> str:
    """The script for one output; it prints the text, then every token with its score.

    kept: settings of the checkpoint's own that took part. language: of the source, where the
    tokenizer asks for one.
    """
    start = written.start
    # As the engine does it: a forced token is written by transformers, unless ids follow it.
    given = [*start.ids, *prefix] if prefix else [start.first_id]
    script = _loading(auto_class, origin, written, generates=written.ending is not Ending.PREFIX)
    script += _READ.format(
        languages=f"tokenizer.src_lang = {language!r}\n" if language else "",
        text=repr(written.source.text),
    )
    if written.ending is Ending.PREFIX:
        script += _GIVEN.format(given=[*start.ids, *ids_of(written.target)])
    else:
        forced = start.forced_id if not prefix else None
        values = dict(kept)
        if start.forced_id is not None:
            values["forced_bos_token_id"] = str(start.forced_id)
        values["num_beams"] = str(num_beams)
        values["do_sample"] = str(False)
        # A forced token is counted as new.
        new = written.limit - len(prefix) + (forced is not None)
        values["max_new_tokens"] = str(new)
        script += _GENERATE.format(
            first_id=start.first_id,
            settings="".join(f"    {name}={_literal(value)},\n" for name, value in values.items()),
            given=given,
        )
    return script + _SCORES.format(before=len(start.ids) - 1, start=len(start.ids))


def _loading(auto_class: str, origin: Origin, written: Written, *, generates: bool) -> str:
    target = written.target
    lines = loading_lines(auto_class, origin, target.revision, target.dtype)
    if not generates:
        return lines
    return lines.replace("AutoTokenizer\n", "AutoTokenizer, GenerationConfig\n", 1)


def _literal(value: str) -> str:
    """A setting as it stands in a program; one that is a word is put into quotes."""
    try:
        ast.literal_eval(value)
    except (ValueError, SyntaxError):
        return repr(value)
    return value
