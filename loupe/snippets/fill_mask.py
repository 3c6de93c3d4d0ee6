"""A fill-mask result as the plain transformers script that reproduces it."""

from __future__ import annotations

from loupe.snippets.loading import Origin, loading_lines
from loupe.tasks.fill_mask import AUTO_CLASS, FillMaskResult
from loupe.traces import TokenKind

_FILL_MASK = """
inputs = tokenizer({text}, return_tensors="pt")
{hide}masked = (inputs.input_ids[0] == tokenizer.mask_token_id).nonzero().flatten().tolist()

with torch.inference_mode():
    logits = model(**inputs).logits[0].float()  # (tokens, vocabulary)

for number, position in enumerate(masked, start=1):
    log_probs = torch.log_softmax(logits[position], dim=-1)
    probs = log_probs.exp()
    entropy = torch.special.entr(probs).sum()
    print(f"mask {{number}}: entropy {{entropy:.4f}} nats")
    top = log_probs.topk({top_k})
    for rank, (log_prob, token_id) in enumerate(zip(*top), start=1):
        token = tokenizer.convert_ids_to_tokens(int(token_id))
        print(f"{{rank:>4}}  {{log_prob.exp():.6f}}  {{log_prob:10.4f}}  {{token}}")
    print(f"rest  {{1 - top.values.double().exp().sum():.6f}}")
"""

_WORDS = """
# A word of several pieces: as many masks as pieces, filled from the left, log-probabilities added.
words = [  # (word, first and last+1 position of its mask, ids of its pieces there)
{words}]
for word, start, end, pieces in words:
    before, after = inputs.input_ids[0, :start], inputs.input_ids[0, end:]
    total = 0.0
    for i, piece in enumerate(pieces):
        middle = pieces[:i] + [tokenizer.mask_token_id] * (len(pieces) - i)
        ids = torch.cat([before, torch.tensor(middle), after])[None]
        with torch.inference_mode():
            at_piece = model(input_ids=ids).logits[0, start + i].float()
        total += torch.log_softmax(at_piece, dim=-1)[piece].item()
    print(f"word  {{total:10.4f}}  {{word}}")
"""


def fill_mask_script(result: FillMaskResult, origin: Origin, top_k: int) -> str:
    """The script for one fill-mask result. top_k: entries printed."""
    tokens = result.trace.tokens
    hide = "".join(
        f"inputs.input_ids[0, {i}] = tokenizer.mask_token_id  # hides {token.token!r}\n"
        for i, token in enumerate(tokens)
        if token.kind is TokenKind.MASK and token.hidden
    )
    trace = result.trace
    script = loading_lines(AUTO_CLASS, origin, trace.revision, trace.dtype) + _FILL_MASK.format(
        text=repr(result.model_text),
        hide=hide,
        top_k=top_k,
    )
    lines = []
    for score in result.words:
        if not score.retokenised:
            at_mask = [i for i, token in enumerate(tokens) if token.span == score.span]
            ids = [piece.token_id for piece in score.pieces]
            lines.append(f"    ({score.word!r}, {at_mask[0]}, {at_mask[-1] + 1}, {ids}),\n")
    return script + _WORDS.format(words="".join(lines)) if lines else script
