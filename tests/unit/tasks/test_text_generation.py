"""Generation against transformers' own generate and against one forward over all of the text."""

from __future__ import annotations

import math
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import torch

from loupe.engine.decoding import memory
from loupe.engine.loaded import LoadedModel
from loupe.engine.ticket import Job
from loupe.errors import EmptyText, InvalidInput, LoupeError, OutOfMemory, TextTooLong
from loupe.sampling import Sampling
from loupe.tasks.text_generation import (
    CheckReport,
    Finish,
    GenerationQuery,
    GenerationResult,
    Message,
    Sample,
    check,
    generation,
    search,
)
from loupe.traces import TokenKind, TokenTrace
from tests.loaded import load_tiny, run_turns

CAUSAL = "AutoModelForCausalLM"
PROMPT = "The capital of France"
SAMPLING = Sampling(do_sample=True, temperature=0.7, top_k=40, top_p=0.9, repetition_penalty=1.2)


@pytest.fixture(scope="module", params=["gpt2", "llama"])
def loaded(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> LoadedModel:
    return load_tiny(request.param, tmp_path_factory.mktemp("tiny") / request.param, CAUSAL)


@pytest.fixture
def gpt2(tmp_path: Path) -> LoadedModel:
    return load_tiny("gpt2", tmp_path / "gpt2", CAUSAL)


def ask(loaded: LoadedModel, query: GenerationQuery, **options: Any) -> GenerationResult:
    result: GenerationResult = run_turns(loaded, generation(query), **options)
    return result


def ids_of(sample: Sample) -> list[int]:
    return [record.token_id for record in sample.trace.tokens]


def log_probs(loaded: LoadedModel, ids: list[int]) -> torch.Tensor:
    """(T, V), float64, by one forward over everything."""
    with torch.inference_mode():
        logits = loaded.model(input_ids=torch.tensor([ids])).logits[0].double()
    return torch.log_softmax(logits, -1)


def generated(loaded: LoadedModel, **options: Any) -> Any:
    inputs = loaded.tokenizer(PROMPT, return_tensors="pt")
    with torch.inference_mode():
        return loaded.model.generate(
            **inputs, pad_token_id=0, return_dict_in_generate=True, output_scores=True, **options
        )


def test_greedy_text_is_what_generate_writes(loaded: LoadedModel) -> None:
    sample = ask(loaded, GenerationQuery(PROMPT, max_new_tokens=25)).samples[0]
    output = generated(loaded, max_new_tokens=25, do_sample=False)
    assert ids_of(sample) == output.sequences[0].tolist()
    assert sample.trace.text == loaded.tokenizer.decode(ids_of(sample), skip_special_tokens=True)
    assert sample.trace.text == PROMPT + sample.text


def test_every_token_is_scored_as_one_forward_over_the_text_says(loaded: LoadedModel) -> None:
    sample = ask(loaded, GenerationQuery(PROMPT, max_new_tokens=12)).samples[0]
    ids = ids_of(sample)
    expected = log_probs(loaded, ids)
    first = sample.trace.tokens[0]
    assert (first.log_prob, first.rank, first.top) == (None, None, ()), "nothing stands before it"
    assert len(ids) == len(sample.trace.tokens) == sample.prompt_tokens + 12
    for position, record in enumerate(sample.trace.tokens[1:], start=1):
        row = expected[position - 1]
        assert record.log_prob == pytest.approx(float(row[ids[position]]), abs=1e-4)
        assert record.rank == int((row > row[ids[position]]).sum()) + 1
        assert record.entropy_nats == pytest.approx(float(-(row.exp() * row).sum()), abs=1e-4)
        assert [entry.token_id for entry in record.top] == row.topk(10).indices.tolist()
        assert record.rest_prob == pytest.approx(
            1 - float(row.topk(10).values.exp().sum()), abs=1e-4
        )


def test_probabilities_after_sampling_equal_generates_scores(loaded: LoadedModel) -> None:
    sample = ask(loaded, GenerationQuery(PROMPT, max_new_tokens=6, sampling=SAMPLING)).samples[0]
    output = sample.output
    assert len(output) == 6
    # generate's scores for the very text that was drawn: one new token after each beginning of it.
    ids = ids_of(sample)
    for i, record in enumerate(output):
        beginning = torch.tensor([ids[: sample.prompt_tokens + i]])
        with torch.inference_mode():
            scores = loaded.model.generate(
                beginning,
                attention_mask=torch.ones_like(beginning),
                max_new_tokens=1,
                pad_token_id=0,
                do_sample=True,
                temperature=0.7,
                top_k=40,
                top_p=0.9,
                repetition_penalty=1.2,
                return_dict_in_generate=True,
                output_scores=True,
            ).scores[0]
        expected = torch.softmax(scores[0], -1)
        assert dict(record.stages)["top_p"] == pytest.approx(
            float(expected[record.token_id]), abs=1e-5
        )
        assert record.top_sampled == pytest.approx(
            [float(expected[entry.token_id]) for entry in record.top], abs=1e-5
        )
        assert [stage for stage, _ in record.stages] == [
            "repetition_penalty",
            "temperature",
            "top_k",
            "top_p",
        ]


def test_a_seed_gives_one_text_and_samples_have_the_seeds_that_follow(loaded: LoadedModel) -> None:
    query = GenerationQuery(PROMPT, max_new_tokens=8, sampling=SAMPLING, num_samples=3, seed=5)
    three = ask(loaded, query).samples
    assert [sample.trace.seed for sample in three] == [5, 6, 7]
    for i, sample in enumerate(three):
        alone = ask(loaded, replace(query, num_samples=1, seed=5 + i)).samples[0]
        assert ids_of(alone) == ids_of(sample)
    assert len({sample.text for sample in three}) > 1


def test_a_branch_equals_regeneration(loaded: LoadedModel, tmp_path: Path) -> None:
    kind = loaded.model.config.model_type
    fresh = load_tiny(kind, tmp_path / "fresh", CAUSAL)
    whole = ask(loaded, GenerationQuery(PROMPT, max_new_tokens=20)).samples[0]
    at = whole.output[9]
    other = next(entry.token_id for entry in at.top if entry.token_id != at.token_id)
    chosen = (*(record.token_id for record in whole.output[:9]), other)
    query = GenerationQuery(PROMPT, chosen=chosen, max_new_tokens=10)
    branch = ask(loaded, query)
    assert branch.timing is not None
    assert branch.timing.reused_tokens == whole.prompt_tokens + 9, "only the new token is read"
    again = ask(fresh, query)
    assert again.timing is not None
    assert again.timing.reused_tokens == 0
    assert ids_of(branch.samples[0]) == ids_of(again.samples[0])
    shared = whole.prompt_tokens + 9
    assert ids_of(branch.samples[0])[:shared] == ids_of(whole)[:shared]
    for one, two in zip(branch.samples[0].trace.tokens, again.samples[0].trace.tokens, strict=True):
        assert one.text == two.text
        if one.log_prob is not None:
            assert one.log_prob == pytest.approx(two.log_prob, abs=1e-4)
    assert recompute(loaded, branch.samples[0], Sampling()).agrees
    assert branch.samples[0].chosen_tokens == 10
    assert branch.samples[0].output[9].token_id == other


def test_a_branch_to_a_token_that_was_not_listed_reads_the_one_before_it_too(
    gpt2: LoadedModel,
) -> None:
    whole = ask(gpt2, GenerationQuery(PROMPT, max_new_tokens=8)).samples[0]
    listed = {entry.token_id for entry in whole.output[3].top}
    other = next(i for i in range(30, 100) if i not in listed)
    chosen = (*(record.token_id for record in whole.output[:3]), other)
    branch = ask(gpt2, GenerationQuery(PROMPT, chosen=chosen, max_new_tokens=3))
    assert branch.timing is not None
    assert branch.timing.reused_tokens == whole.prompt_tokens + 2
    assert recompute(gpt2, branch.samples[0], Sampling()).agrees


def test_a_branch_to_the_end_token_ends_the_text(gpt2: LoadedModel) -> None:
    end = gpt2.tokenizer.eos_token_id
    sample = ask(gpt2, GenerationQuery(PROMPT, chosen=(40, end))).samples[0]
    assert (sample.finish, len(sample.output)) == (Finish.END_OF_TEXT, 2)
    assert sample.output[1].kind is TokenKind.SPECIAL
    assert sample.output[1].log_prob is not None
    assert sample.text == gpt2.tokenizer.decode([40])


def test_the_model_ends_where_it_chooses_its_end_token(gpt2: LoadedModel) -> None:
    with torch.no_grad():
        bias = torch.zeros(gpt2.model.config.vocab_size)
        bias[gpt2.tokenizer.eos_token_id] = 1000.0
        gpt2.model.lm_head.bias = torch.nn.Parameter(bias)
    sample = ask(gpt2, GenerationQuery(PROMPT)).samples[0]
    assert (sample.finish, sample.text, len(sample.output)) == (Finish.END_OF_TEXT, "", 1)
    assert sample.output[0].kind is TokenKind.SPECIAL
    assert sample.output[0].span is None


def test_several_end_tokens_of_the_generation_config_count(gpt2: LoadedModel) -> None:
    plain = ask(gpt2, GenerationQuery(PROMPT, max_new_tokens=10)).samples[0]
    fourth = plain.output[3].token_id
    until = [record.token_id for record in plain.output].index(fourth)
    gpt2.model.generation_config.eos_token_id = [0, fourth]
    sample = ask(gpt2, GenerationQuery(PROMPT, max_new_tokens=10)).samples[0]
    assert (sample.finish, len(sample.output)) == (Finish.END_OF_TEXT, until + 1)


def test_a_stop_string_ends_the_text_with_the_token_that_completes_it(loaded: LoadedModel) -> None:
    plain = ask(loaded, GenerationQuery(PROMPT, max_new_tokens=30)).samples[0]
    stop = plain.text[2:8]
    sample = ask(loaded, GenerationQuery(PROMPT, max_new_tokens=30, stop=("¤", stop))).samples[0]
    assert (sample.finish, sample.stop_string) == (Finish.STOP_STRING, stop)
    assert stop in sample.text
    assert plain.text.startswith(sample.text)
    last = sample.output[-1]
    assert last.span is not None
    assert stop not in sample.trace.text[len(PROMPT) : last.span[0]], "it is the first that could"
    never = ask(loaded, GenerationQuery(PROMPT, max_new_tokens=5, stop=("never¤",))).samples[0]
    assert (never.finish, never.stop_string) == (Finish.LENGTH, None)


def test_a_stop_string_of_the_prompt_does_not_count(loaded: LoadedModel) -> None:
    query = GenerationQuery(PROMPT, max_new_tokens=4, stop=("France", "capital"))
    assert ask(loaded, query).samples[0].finish is Finish.LENGTH


def test_the_text_ends_where_the_model_reads_no_more(
    loaded: LoadedModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loaded.model.generation_config, "eos_token_id", [1])
    sample = ask(loaded, GenerationQuery(PROMPT, max_new_tokens=4000)).samples[0]
    assert sample.finish is Finish.CONTEXT
    assert len(sample.trace.tokens) == loaded.context_length == 64


def test_spans_hold_the_text_and_characters_stay_whole(loaded: LoadedModel) -> None:
    prompt = "我喜欢 👩‍👩‍👧 café"
    query = GenerationQuery(prompt, max_new_tokens=24, sampling=Sampling(True), seed=3)
    trace = ask(loaded, query).samples[0].trace
    groups: dict[int, set[tuple[int, int] | None]] = {}
    for record in trace.tokens:
        groups.setdefault(record.group, set()).add(record.span)
        if record.span is not None and record.kind is TokenKind.TEXT:
            assert record.text == trace.text[slice(*record.span)]
    assert [record.group for record in trace.tokens] == sorted(
        record.group for record in trace.tokens
    )
    covered = sorted(span for spans in groups.values() for span in spans if span)
    left = list(trace.text)
    for start, end in covered:
        left[start:end] = " " * (end - start)
    assert not "".join(left).strip(), "every character belongs to a token"
    assert TokenTrace.from_dict(_as_json(trace)) == trace


def _as_json(trace: TokenTrace) -> dict[str, Any]:
    import json
    from dataclasses import asdict

    plain: dict[str, Any] = json.loads(json.dumps(asdict(trace)))
    return plain


def test_an_empty_prompt_begins_with_the_models_own_token(gpt2: LoadedModel) -> None:
    sample = ask(gpt2, GenerationQuery("", max_new_tokens=3)).samples[0]
    assert (sample.prompt_tokens, len(sample.output)) == (1, 3)
    assert sample.trace.tokens[0].kind is TokenKind.SPECIAL
    gpt2.tokenizer.bos_token = None
    with pytest.raises(EmptyText):
        ask(gpt2, GenerationQuery("", max_new_tokens=3))


def test_what_grows_is_shown_while_it_does(loaded: LoadedModel) -> None:
    reports: list[Any] = []
    result = ask(loaded, GenerationQuery(PROMPT, max_new_tokens=5), reports=reports)
    partial = [r for r in reports if r.unit == "tokens"]
    assert [r.done for r in partial] == [1, 2, 3, 4, 5]
    texts = [r.partial.samples[0].text for r in partial]
    assert all(later.startswith(earlier) for earlier, later in pairwise(texts))
    assert partial[2].partial.samples[0].finish is Finish.STOPPED
    assert partial[-1].partial == result
    assert result.timing is not None
    assert result.timing.tokens == 5


def test_a_dialogue_is_written_as_the_template_says(gpt2: LoadedModel) -> None:
    gpt2.tokenizer.chat_template = (
        "{% for m in messages %}{% if m.role == 'system' and not loop.first %}"
        "{{ raise_exception('System comes first') }}{% endif %}"
        "<{{ m.role }}>{{ m.content }}<|endoftext|>{% endfor %}"
        "{% if add_generation_prompt %}<assistant>{% endif %}"
    )
    messages = (Message("system", "Be brief."), Message("user", "Hello **you** <b>"))
    result = ask(gpt2, GenerationQuery(messages=messages, max_new_tokens=3))
    assert result.model_text == (
        "<system>Be brief.<|endoftext|><user>Hello **you** <b><|endoftext|><assistant>"
    )
    special = [r for r in result.samples[0].trace.tokens if r.kind is TokenKind.SPECIAL]
    assert len(special) == 2, "those that the template writes are read as such, once"
    with pytest.raises(InvalidInput) as refused:
        ask(gpt2, GenerationQuery(messages=messages[::-1]))
    assert "System comes first" in (refused.value.detail or "")


REFUSED: dict[str, tuple[dict[str, Any], type[LoupeError]]] = {
    "no new tokens": ({"max_new_tokens": 0}, InvalidInput),
    "too many new tokens": ({"max_new_tokens": 10**9}, InvalidInput),
    "no samples": ({"num_samples": 0}, InvalidInput),
    "too many samples": ({"num_samples": 99, "sampling": Sampling(True)}, InvalidInput),
    "samples that would be equal": ({"num_samples": 2}, InvalidInput),
    "no beams": ({"num_beams": 0}, InvalidInput),
    "too many beams": ({"num_beams": 1000}, InvalidInput),
    "beams that are sampled": ({"num_beams": 2, "sampling": Sampling(True)}, InvalidInput),
    "beams and stop strings": ({"num_beams": 2, "stop": ("x",)}, InvalidInput),
    "negative seed": ({"seed": -1}, InvalidInput),
    "huge seed": ({"seed": 2**40}, InvalidInput),
    "empty stop string": ({"stop": ("",)}, InvalidInput),
    "too many stop strings": ({"stop": tuple("abcdefghij")}, InvalidInput),
    "prompt and messages": ({"messages": (Message("user", "x"),)}, InvalidInput),
    "temperature 0": ({"sampling": Sampling(True, temperature=0.0)}, InvalidInput),
    "temperature 1e9": ({"sampling": Sampling(True, temperature=1e9)}, InvalidInput),
    "temperature nan": ({"sampling": Sampling(True, temperature=math.nan)}, InvalidInput),
    "top_k above the vocabulary": ({"sampling": Sampling(True, top_k=10**6)}, InvalidInput),
    "top_p 0": ({"sampling": Sampling(True, top_p=0.0)}, InvalidInput),
    "no chat template": ({"prompt": "", "messages": (Message("user", "x"),)}, InvalidInput),
    "beyond the context": ({"prompt": "the cat sleeps " * 60}, TextTooLong),
    "a megabyte": ({"prompt": "a" * 1_000_000}, TextTooLong),
    "half a character": ({"prompt": "a\ud83d"}, InvalidInput),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_meant_is_refused_with_a_remedy(case: str, loaded: LoadedModel) -> None:
    changes, kind = REFUSED[case]
    with pytest.raises(kind) as refused:
        ask(loaded, GenerationQuery(**{"prompt": PROMPT, **changes}))
    assert str(refused.value)
    assert refused.value.remedy


def test_what_would_not_fit_in_memory_is_refused_before_the_run(
    gpt2: LoadedModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    # 2 × 2 layers × 32 numbers × 4 bytes.
    assert memory.bytes_per_token(gpt2) == 512
    monkeypatch.setattr(memory, "free_bytes", lambda _device: 64 * 512)
    query = GenerationQuery(PROMPT, max_new_tokens=20)
    assert len(ask(gpt2, query).samples) == 1
    many = replace(query, max_new_tokens=50, num_samples=4, sampling=Sampling(True))
    with pytest.raises(OutOfMemory, match="4 texts"):
        ask(gpt2, many)


def test_grouped_heads_take_less_memory(tmp_path: Path) -> None:
    llama = load_tiny("llama", tmp_path / "llama", CAUSAL)
    assert memory.bytes_per_token(llama) == 256  # one of two heads keeps keys and values


def beams(loaded: LoadedModel, query: GenerationQuery) -> GenerationResult:
    ticket: Any = Job(lambda *_: None).worker_ticket
    with torch.inference_mode():
        return search(loaded, query, ticket)


@pytest.mark.parametrize("num_beams", [2, 5])
def test_beams_find_what_generate_finds(loaded: LoadedModel, num_beams: int) -> None:
    query = GenerationQuery(PROMPT, max_new_tokens=12, num_beams=num_beams)
    sample = beams(loaded, query).samples[0]
    output = generated(loaded, max_new_tokens=12, do_sample=False, num_beams=num_beams)
    expected = output.sequences[0].tolist()
    ids = ids_of(sample)
    assert expected[: len(ids)] == ids
    assert set(expected[len(ids) :]) <= {0}, "padding after the end"
    ended = ids[-1] == loaded.tokenizer.eos_token_id
    assert sample.finish is (Finish.END_OF_TEXT if ended else Finish.LENGTH)
    assert recompute(loaded, sample, query.sampling).agrees
    assert sample.chosen_tokens == 0


def test_enough_beams_find_the_most_probable_text_of_all(gpt2: LoadedModel) -> None:
    ids = gpt2.tokenizer(PROMPT)["input_ids"]
    vocab_size = gpt2.model.config.vocab_size
    end = gpt2.tokenizer.eos_token_id
    first = log_probs(gpt2, ids)[-1]
    # Every text of two tokens, and the one that ends at once; each as its mean log-probability.
    with torch.inference_mode():
        texts = torch.tensor([[*ids, token] for token in range(vocab_size)])
        second = torch.log_softmax(gpt2.model(input_ids=texts).logits[:, -1].double(), -1)
    mean = (first[:, None] + second) / 2
    mean[end] = -math.inf
    best = divmod(int(mean.argmax()), vocab_size)
    query = GenerationQuery(PROMPT, max_new_tokens=2, num_beams=16)
    found = ids_of(beams(gpt2, query).samples[0])[len(ids) :]
    assert float(first[end]) < float(mean.max()), "the case is about texts of two tokens"
    assert int((first > first[best[0]]).sum()) < 16, "sixteen beams are enough here"
    assert tuple(found) == best


def test_the_checkpoints_own_settings_take_no_part(loaded: LoadedModel) -> None:
    query = GenerationQuery(PROMPT, max_new_tokens=5, num_beams=2)
    plain = beams(loaded, query).samples[0]
    own = loaded.model.generation_config
    refused = [record.token_id for record in plain.output]
    own.suppress_tokens, own.repetition_penalty, own.temperature = refused, 5.0, 0.1
    try:
        assert ids_of(beams(loaded, query).samples[0]) == ids_of(plain)
        drawn = replace(query, num_beams=1, sampling=SAMPLING)
        assert recompute(loaded, ask(loaded, drawn).samples[0], SAMPLING).agrees
        assert loaded.model.generation_config is own
    finally:
        own.suppress_tokens = own.repetition_penalty = own.temperature = None


def test_beams_go_on_from_what_was_chosen(loaded: LoadedModel) -> None:
    query = GenerationQuery(PROMPT, chosen=(40, 50), max_new_tokens=4, num_beams=3)
    sample = beams(loaded, query).samples[0]
    assert ids_of(sample)[sample.prompt_tokens :][:2] == [40, 50]
    assert sample.chosen_tokens == 2
    assert len(sample.output) <= 6


def recompute(loaded: LoadedModel, sample: Sample, sampling: Sampling) -> CheckReport:
    ticket: Any = Job(lambda *_: None).worker_ticket
    with torch.inference_mode():
        return check(loaded, sample, sampling, ticket)


@pytest.mark.parametrize("sampling", [Sampling(), SAMPLING, Sampling(True, min_p=0.05)])
def test_the_check_agrees_and_sees_what_is_wrong(loaded: LoadedModel, sampling: Sampling) -> None:
    query = GenerationQuery(PROMPT, max_new_tokens=6, sampling=sampling)
    sample = ask(loaded, query).samples[0]
    report = recompute(loaded, sample, sampling)
    assert report.agrees
    at_least = (len(sample.trace.tokens) - 1) * 13
    assert report.compared == at_least + (len(sample.output) * 11 if sampling.do_sample else 0)
    last = sample.trace.tokens[-1]
    assert last.log_prob is not None
    wrong = {
        "probability": replace(last, log_prob=last.log_prob - 0.1),
        "rank": replace(last, rank=400),
        "alternative": replace(last, top=(replace(last.top[0], token_id=5), *last.top[1:])),
    }
    if sampling.do_sample:
        stages = (*last.stages[:-1], (last.stages[-1][0], 0.123))
        wrong["after sampling"] = replace(last, stages=stages)
    for name, record in wrong.items():
        tokens = (*sample.trace.tokens[:-1], record)
        forged = replace(sample, trace=replace(sample.trace, tokens=tokens))
        assert not recompute(loaded, forged, sampling).agrees, name
