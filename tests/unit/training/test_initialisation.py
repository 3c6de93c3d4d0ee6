from __future__ import annotations

import pytest
import torch
from transformers import MarianConfig, MarianMTModel, T5Config, T5ForConditionalGeneration

from loupe.training.initialisation import suit_adamw
from loupe.training.spec import ScratchSpec

WIDTH = 64


def t5() -> T5ForConditionalGeneration:
    torch.manual_seed(0)
    return T5ForConditionalGeneration(
        T5Config(
            vocab_size=300, d_model=WIDTH, d_kv=16, d_ff=128, num_layers=2, num_heads=4,
            dropout_rate=0.0, decoder_start_token_id=0,
        )
    )  # fmt: skip


def logits_of(model: torch.nn.Module) -> torch.Tensor:
    ids = torch.randint(3, 300, (4, 9), generator=torch.Generator().manual_seed(1))
    with torch.no_grad():
        logits: torch.Tensor = model.eval()(input_ids=ids, decoder_input_ids=ids).logits
    return logits


def test_embeddings_have_norm_one_and_logits_keep_their_size() -> None:
    model, before = t5(), t5()
    suit_adamw(model)
    norms = model.get_input_embeddings().weight.detach().norm(dim=1)
    assert norms.mean().item() == pytest.approx(1.0, abs=0.05)
    assert before.get_input_embeddings().weight.norm(dim=1).mean().item() > 7
    assert logits_of(model).std() == pytest.approx(float(logits_of(before).std()), rel=0.3)


def test_a_rare_token_can_be_learned_in_few_steps() -> None:
    """What it is for: the same steps of AdamW bring the loss down further."""

    def loss_after(model: T5ForConditionalGeneration, steps: int = 40) -> float:
        generator = torch.Generator().manual_seed(2)
        optimizer = torch.optim.AdamW(model.parameters(), lr=7e-4)
        loss = torch.tensor(0.0)
        for _ in range(steps):
            ids = torch.randint(3, 300, (16, 6), generator=generator)
            loss = model.train()(input_ids=ids, labels=ids.flip(1) // 3 * 3).loss
            loss.backward()
            optimizer.step()
            optimizer.zero_grad()
        return loss.item()

    suited = t5()
    suit_adamw(suited)
    assert loss_after(suited) < loss_after(t5()) - 0.1


def test_saved_and_loaded_it_computes_the_same(tmp_path) -> None:
    model = t5()
    suit_adamw(model)
    model.save_pretrained(tmp_path)
    loaded = T5ForConditionalGeneration.from_pretrained(tmp_path)
    assert torch.equal(logits_of(loaded), logits_of(model))


def test_other_architectures_are_left_alone() -> None:
    torch.manual_seed(0)
    model = MarianMTModel(
        MarianConfig(
            vocab_size=300, decoder_vocab_size=300, d_model=WIDTH, encoder_layers=1,
            decoder_layers=1, encoder_attention_heads=2, decoder_attention_heads=2,
            encoder_ffn_dim=64, decoder_ffn_dim=64, pad_token_id=0, decoder_start_token_id=0,
        )
    )  # fmt: skip
    before = {name: weight.clone() for name, weight in model.state_dict().items()}
    suit_adamw(model)
    assert all(torch.equal(weight, before[name]) for name, weight in model.state_dict().items())


def test_a_t5_with_an_output_layer_of_its_own_is_refused_rather_than_tied_unasked() -> None:
    with pytest.raises(ValueError, match="tie_word_embeddings"):
        ScratchSpec(family="t5", tie_word_embeddings=False)
