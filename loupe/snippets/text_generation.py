"""A generated text as the plain transformers script that reproduces it."""

from __future__ import annotations

from loupe.sampling import Sampling
from loupe.snippets.loading import Origin, loading_lines
from loupe.tasks.text_generation import AUTO_CLASS, GenerationQuery, Sample, ScoreResult

_SCORED = """
with torch.inference_mode():
    logits = model(ids).logits[0, :-1].float()
    log_probs = torch.log_softmax(logits, dim=-1).gather(1, ids[0, 1:, None])[:, 0]

for token_id, log_prob in zip(ids[0, 1:].tolist(), log_probs.tolist()):
    print(f"{log_prob:10.4f}  {tokenizer.convert_ids_to_tokens(token_id)}")
"""

_GENERATE = """
with torch.inference_mode():
    ids = model.generate(
        ids,
        attention_mask=torch.ones_like(ids),
        max_new_tokens={new},
{settings}    )
"""

_DRAW = """
# Drawn with a generator of its own, so that the text depends on nothing but this seed.
generator = torch.Generator().manual_seed({seed})
processors = LogitsProcessorList(
    [
{processors}    ]
)
new, cache = ids, None
with torch.inference_mode():
    for _ in range({new}):
        output = model(new, past_key_values=cache, use_cache=True)
        cache = output.past_key_values
        scores = processors(ids, output.logits[:, -1].float())
        new = torch.multinomial(torch.softmax(scores, dim=-1), 1, generator=generator)
        ids = torch.cat([ids, new], dim=-1)
"""

_SCORED_WINDOWS = """
window, stride = {window}, {stride}
parts, scored = [], 0  # how many of the tokens after the first are scored
with torch.inference_mode():
    for start in range(0, ids.shape[1] - 1, stride):
        part = ids[:, start : start + window]
        logits = model(part).logits[0, :-1].float()
        log_probs = torch.log_softmax(logits, dim=-1).gather(1, part[0, 1:, None])[:, 0]
        # Each token once, in the first window that reaches it.
        parts.append(log_probs[scored - start :])
        scored = start + part.shape[1] - 1
        if scored == ids.shape[1] - 1:
            break
log_probs = torch.cat(parts)

for token_id, log_prob in zip(ids[0, 1:].tolist(), log_probs.tolist()):
    print(f"{{log_prob:10.4f}}  {{tokenizer.convert_ids_to_tokens(token_id)}}")
print(f"perplexity {{torch.exp(-log_probs.double().mean()):.4f}}")
"""

_IMPORT = "from transformers import LogitsProcessorList\n"


def generation_script(sample: Sample, query: GenerationQuery, text: str, origin: Origin) -> str:
    """The script for one text: it writes the text again and prints every token's log-probability.

    text: what was tokenised. It writes as many tokens as this text has, whatever ended it.
    """
    trace = sample.trace
    new = len(sample.output) - sample.chosen_tokens
    chosen = [record.token_id for record in sample.output[: sample.chosen_tokens]]
    prompt = [record.token_id for record in trace.tokens[: sample.prompt_tokens]]
    parts = [
        loading_lines(AUTO_CLASS, origin, trace.revision, trace.dtype),
        f"\n# {text!r}, and what the tokenizer adds to it\n",
        f"ids = torch.tensor([{prompt!r}])\n",
    ]
    if chosen:
        parts.append("# the beginning that was chosen\n")
        parts.append(f"ids = torch.cat([ids, torch.tensor([{chosen!r}])], dim=-1)\n")
    if new and query.sampling.do_sample:
        parts.append("\n" + _IMPORT + _processor_import(query.sampling))
        parts.append(
            _DRAW.format(
                seed=trace.seed,
                processors="".join(f"        {line},\n" for line in _processors(query.sampling)),
                new=new,
            )
        )
    elif new:
        settings = {
            "do_sample": False,
            "num_beams": query.num_beams,
            "repetition_penalty": query.sampling.repetition_penalty,
            "no_repeat_ngram_size": query.sampling.no_repeat_ngram_size,
        }
        lines = "".join(f"        {name}={value!r},\n" for name, value in settings.items())
        # Beams are compared up to the length that was asked for.
        asked = query.max_new_tokens if query.num_beams > 1 else new
        parts.append(_GENERATE.format(new=asked, settings=lines))
    parts.append("\nprint(tokenizer.decode(ids[0], skip_special_tokens=True))\n")
    parts.append(_SCORED)
    return "".join(parts)


def score_script(result: ScoreResult, origin: Origin) -> str:
    """The script that scores a text: every token's log-probability, and the perplexity."""
    trace = result.trace
    ids = [record.token_id for record in trace.tokens]
    return "".join(
        (
            loading_lines(AUTO_CLASS, origin, trace.revision, trace.dtype),
            f"\n# {result.query.text!r}, and what the tokenizer adds to it\n",
            f"ids = torch.tensor([{ids!r}])\n",
            _SCORED_WINDOWS.format(window=result.window, stride=result.window - result.context),
        )
    )


def _processors(sampling: Sampling) -> list[str]:
    made = []
    if sampling.repetition_penalty != 1.0:
        made.append(f"RepetitionPenaltyLogitsProcessor({float(sampling.repetition_penalty)!r})")
    if sampling.no_repeat_ngram_size:
        made.append(f"NoRepeatNGramLogitsProcessor({sampling.no_repeat_ngram_size})")
    if sampling.temperature != 1.0:
        made.append(f"TemperatureLogitsWarper({float(sampling.temperature)!r})")
    if sampling.top_k:
        made.append(f"TopKLogitsWarper({sampling.top_k})")
    if sampling.top_p < 1.0:
        made.append(f"TopPLogitsWarper({float(sampling.top_p)!r})")
    if sampling.min_p > 0.0:
        made.append(f"MinPLogitsWarper({float(sampling.min_p)!r})")
    if sampling.typical_p < 1.0:
        made.append(f"TypicalLogitsWarper({float(sampling.typical_p)!r})")
    return made


def _processor_import(sampling: Sampling) -> str:
    names = [line.split("(")[0] for line in _processors(sampling)]
    if not names:
        return ""
    return f"from transformers.generation import {', '.join(names)}\n"
