"""The part of predict.py that differs by task: `add_options`, and `predict`.

`predict(texts, options)` returns the names of the new columns, their cells for each text ("" where
the text is empty), and how many texts were cut.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TaskPart:
    """adds: the new columns, in words. code: the functions, `imports` what they need."""

    auto_class: str
    adds: str
    code: str
    imports: tuple[str, ...] = ()


# Shared by the tasks whose texts are tokenised whole and padded on the right.
_ENCODE = '''

def encode(tokenizer, texts, device):
    """A padded batch, each text cut to MAX_LENGTH tokens as in training; and how many were cut."""
    lengths = [len(ids) for ids in tokenizer(texts, verbose=False)["input_ids"]]
    batch = tokenizer(
        texts, truncation=True, max_length=MAX_LENGTH, padding=True, return_tensors="pt"
    )
    inputs = {name: batch[name].to(device) for name in ("input_ids", "attention_mask")}
    return inputs, sum(length > MAX_LENGTH for length in lengths)
'''

_CLASSES = '''

def add_options(parser):
    parser.add_argument(
        "--threshold",
        type=float,
        help="of two classes: the probability from which on the label of decision.json is given "
        "(without that file: the second label)",
    )


def read_decision(names, threshold):
    """(label, threshold), or None where the most probable class is given."""
    path = HERE / "decision.json"
    kept = json.loads(path.read_text("utf-8")) if path.is_file() else None
    if kept is None and threshold is None:
        return None
    if len(names) != 2:
        fail(f"a threshold parts two classes; this model has {len(names)}")
    label = names[1] if kept is None else kept["label"]
    threshold = kept["threshold"] if threshold is None else threshold
    if label not in names or not 0 < threshold < 1:
        fail(f"no threshold for {names}: {label!r} from {threshold} on (it lies between 0 and 1)")
    return label, threshold


def predict(texts, options):
    tokenizer, model, device = load()
    names = [model.config.id2label[i] for i in range(model.config.num_labels)]
    decision = read_decision(names, options.threshold)
    cells, cut = [[""] * (2 + len(names)) for _ in texts], 0
    for rows in batches(texts, options.batch_size):
        inputs, too_long = encode(tokenizer, [texts[i] for i in rows], device)
        cut += too_long
        with torch.inference_mode():
            logits = model(**inputs).logits.float()  # (rows, labels)
        for i, probs in zip(rows, logits.softmax(-1).tolist()):
            given = probs.index(max(probs))
            if decision is not None:
                label, threshold = decision
                place = names.index(label)
                given = place if probs[place] >= threshold else 1 - place
            cells[i] = [names[given], number(probs[given]), *map(number, probs)]
    return ["label", "score", *(f"score_{name}" for name in names)], cells, cut
'''

_LABELS = '''

def add_options(parser):
    parser.add_argument(
        "--threshold",
        type=float,
        help="the probability from which on the label of decision.json is given (without that "
        f"file: any label); else a label is given from {GIVEN_FROM} on",
    )


def read_thresholds(names, threshold):
    """Label to the probability from which on it is given, for those that have one."""
    path = HERE / "decision.json"
    kept = json.loads(path.read_text("utf-8")) if path.is_file() else None
    if kept is not None:
        thresholds = {kept["label"]: kept["threshold"] if threshold is None else threshold}
    else:
        thresholds = {} if threshold is None else dict.fromkeys(names, threshold)
    for label, value in thresholds.items():
        if label not in names or not 0 < value < 1:
            fail(f"no threshold for {names}: {label!r} from {value} on (it lies between 0 and 1)")
    return thresholds


def predict(texts, options):
    tokenizer, model, device = load()
    names = [model.config.id2label[i] for i in range(model.config.num_labels)]
    thresholds = read_thresholds(names, options.threshold)
    cells, cut = [[""] * (1 + len(names)) for _ in texts], 0
    for rows in batches(texts, options.batch_size):
        inputs, too_long = encode(tokenizer, [texts[i] for i in rows], device)
        cut += too_long
        with torch.inference_mode():
            logits = model(**inputs).logits.float()  # (rows, labels)
        for i, probs in zip(rows, logits.sigmoid().tolist()):
            given = [
                name
                for name, p in zip(names, probs)
                if (p >= thresholds[name] if name in thresholds else p >= GIVEN_FROM)
            ]
            cells[i] = ["|".join(given), *map(number, probs)]
    return ["labels", *(f"score_{name}" for name in names)], cells, cut
'''

_ENTITIES = '''

def add_options(parser):
    pass


# A sign is a word, but “U.N.”, “3.14”, “Jean-Luc”, “’s” and “n’t” are one each; in scripts without
# spaces each character is one.
WORD = regex.compile(
    r"""$word_pattern""",
    regex.VERBOSE,
)


def find_words(text, tokens):
    """(start, end, first token) of each word. tokens: (start, end, number), spaces stripped."""
    words, next_token, reached = [], 0, 0
    for match in WORD.finditer(text):
        start, end = match.span()
        joins = bool(words) and reached > start  # one token for several words makes them one
        first = None
        while next_token < len(tokens) and tokens[next_token][0] < end:
            token_start, token_end, number_of = tokens[next_token]
            next_token += 1
            if token_end > start:
                first = number_of if first is None else first
                reached = max(reached, token_end)
        if joins:
            words[-1] = (words[-1][0], end, words[-1][2])
        elif first is not None:
            words.append((start, end, first))
    return words


def place_tokens(tokenizer, text, ids, offsets):
    """The tokens that stand in the text, without the white space around them."""
    special = set(tokenizer.all_special_ids) - {tokenizer.unk_token_id, tokenizer.mask_token_id}
    special |= {tokenizer.bos_token_id, tokenizer.eos_token_id}
    placed, space = [], None
    for number_of, (token_id, (start, end)) in enumerate(zip(ids, offsets)):
        piece = text[start:end]
        lone_space = tokenizer.convert_ids_to_tokens(token_id) == "▁"
        if token_id in special:
            space = None
        elif start == end or (lone_space and piece.strip()):
            # A space that is not in the text belongs to the word after it.
            space = number_of if lone_space and space is None else space
        else:
            if piece.strip():
                start += len(piece) - len(piece.lstrip())
                end -= len(piece) - len(piece.rstrip())
            placed.append((start, end, number_of if space is None else space))
            space = None
    return placed


def read_entities(text, words, tags):
    """Entities from the tags of words, B-TYPE and I-TYPE. tags: (tag, log-probability)."""
    entities, open_type = [], None
    for (start, end, _), (tag, log_prob) in zip(words, tags):
        kind = None if tag == "O" else tag.partition("-")[2]
        if kind is not None and kind == open_type and not tag.startswith("B-"):
            entities[-1]["end"] = end
            entities[-1]["log_prob"] += log_prob
        elif kind is not None:
            entities.append({"start": start, "end": end, "label": kind, "log_prob": log_prob})
        open_type = kind
    return [
        {
            "start": entity["start"],
            "end": entity["end"],
            "word": text[entity["start"] : entity["end"]],
            "label": entity["label"],
            "score": round(math.exp(entity["log_prob"]), 6),
        }
        for entity in entities
    ]


def predict(texts, options):
    tokenizer, model, device = load()
    names = [model.config.id2label[i] for i in range(model.config.num_labels)]
    cells, cut = [[""] for _ in texts], 0
    for rows in batches(texts, options.batch_size):
        chosen = [texts[i] for i in rows]
        inputs, too_long = encode(tokenizer, chosen, device)
        cut += too_long
        offsets = tokenizer(
            chosen, truncation=True, max_length=MAX_LENGTH, return_offsets_mapping=True
        )
        with torch.inference_mode():
            log_probs = model(**inputs).logits.float().log_softmax(-1)  # (rows, tokens, labels)
        for row, i in enumerate(rows):
            tokens = place_tokens(
                tokenizer, texts[i], offsets["input_ids"][row], offsets["offset_mapping"][row]
            )
            words = find_words(texts[i], tokens)
            # A word has the tag of its first token, as in training.
            best = [log_probs[row, first].max(-1) for _, _, first in words]
            tags = [(names[int(top.indices)], float(top.values)) for top in best]
            entities = read_entities(texts[i], words, tags)
            cells[i] = [json.dumps(entities, ensure_ascii=False)]
    return ["entities"], cells, cut
'''

_TEXT_TO_TEXT = """

def add_options(parser):
    parser.add_argument("--beams", type=int, default=1, help="1 is greedy, as in training")
    parser.add_argument("--max-new-tokens", type=int, default=MAX_TARGET_LENGTH)


def predict(texts, options):
    tokenizer, model, device = load()
    cells, cut = [[""] for _ in texts], 0
    for rows in batches(texts, options.batch_size):
        inputs, too_long = encode(tokenizer, [PREFIX + texts[i] for i in rows], device)
        cut += too_long
        with torch.inference_mode():
            written = model.generate(
                **inputs,
                max_new_tokens=options.max_new_tokens,
                num_beams=options.beams,
                do_sample=False,
            )
        for i, ids in zip(rows, written):
            cells[i] = [tokenizer.decode(ids, skip_special_tokens=True).strip()]
    return ["output"], cells, cut
"""

_MASKS = '''

def add_options(parser):
    parser.add_argument("--top-k", type=int, default=5, help="guesses for each mask")


def with_masks(text, mask_token):
    """Every way of writing a mask as the model's own: [MASK], <mask> and ___."""
    pattern = re.escape(mask_token) + r"|$mask_pattern"
    return re.sub(pattern, lambda _: mask_token, text, flags=re.IGNORECASE)


def predict(texts, options):
    tokenizer, model, device = load()
    cells, cut = [[""] for _ in texts], 0
    for rows in batches(texts, options.batch_size):
        chosen = [with_masks(texts[i], tokenizer.mask_token) for i in rows]
        inputs, too_long = encode(tokenizer, chosen, device)
        cut += too_long
        with torch.inference_mode():
            logits = model(**inputs).logits.float()  # (rows, tokens, vocabulary)
        for row, i in enumerate(rows):
            places = (inputs["input_ids"][row] == tokenizer.mask_token_id).nonzero().flatten()
            top = logits[row, places].softmax(-1).topk(min(options.top_k, logits.shape[-1]))
            guesses = [
                [
                    {"token": tokenizer.decode([token_id]), "score": round(score, 6)}
                    for token_id, score in zip(ids, scores)
                ]
                for ids, scores in zip(top.indices.tolist(), top.values.tolist())
            ]
            cells[i] = [json.dumps(guesses, ensure_ascii=False)]
    return ["tokens"], cells, cut
'''

_CONTINUE = '''

def add_options(parser):
    parser.add_argument("--max-new-tokens", type=int, default=40)


def prompt_of(tokenizer, text, room):
    """(ids, whether its start was cut). What comes next follows from the end, so that is kept."""
    ids = tokenizer(text, verbose=False)["input_ids"]
    if len(ids) > 1 and ids[-1] == tokenizer.eos_token_id:
        ids = ids[:-1]  # a tokenizer that closes each text by itself; there is to be more of it
    if not ids:
        start = tokenizer.bos_token_id
        ids = [tokenizer.eos_token_id if start is None else start]
    return ids[-room:], len(ids) > room


def predict(texts, options):
    tokenizer, model, device = load()
    limit = getattr(model.config, "max_position_embeddings", None) or MAX_LENGTH
    room = max(1, min(MAX_LENGTH, limit - options.max_new_tokens))
    pad = tokenizer.eos_token_id if tokenizer.pad_token_id is None else tokenizer.pad_token_id
    cells, cut = [[""] for _ in texts], 0
    for rows in batches(texts, options.batch_size):
        prompts, too_long = zip(*(prompt_of(tokenizer, texts[i], room) for i in rows))
        cut += sum(too_long)
        longest = max(map(len, prompts))
        # Padded on the left, so that all go on from the same place.
        ids = [[pad] * (longest - len(prompt)) + prompt for prompt in prompts]
        mask = [[0] * (longest - len(prompt)) + [1] * len(prompt) for prompt in prompts]
        with torch.inference_mode():
            written = model.generate(
                input_ids=torch.tensor(ids, device=device),
                attention_mask=torch.tensor(mask, device=device),
                max_new_tokens=options.max_new_tokens,
                num_beams=1,
                do_sample=False,
                pad_token_id=pad,
            )
        for i, row in zip(rows, written):
            cells[i] = [tokenizer.decode(row[longest:], skip_special_tokens=True)]
    return ["output"], cells, cut
'''

_PAIRS = TaskPart("AutoModelForSeq2SeqLM", "output", _ENCODE + _TEXT_TO_TEXT)
MULTI_LABEL = TaskPart(
    "AutoModelForSequenceClassification",
    "labels (parted by |) and score_LABEL for each label",
    _ENCODE + _LABELS,
    ("json",),
)
PARTS: Mapping[str, TaskPart] = {
    "text-classification": TaskPart(
        "AutoModelForSequenceClassification",
        "label, score (its probability) and score_LABEL for each label",
        _ENCODE + _CLASSES,
        ("json",),
    ),
    "token-classification": TaskPart(
        "AutoModelForTokenClassification",
        "entities (JSON: start, end, word, label, score)",
        _ENCODE + _ENTITIES,
        ("json", "math"),
    ),
    "translation": _PAIRS,
    "summarization": _PAIRS,
    "fill-mask": TaskPart(
        "AutoModelForMaskedLM",
        "tokens (JSON: for each mask its best guesses with their probabilities)",
        _ENCODE + _MASKS,
        ("json",),
    ),
    "text-generation": TaskPart("AutoModelForCausalLM", "output (how the text goes on)", _CONTINUE),
}
