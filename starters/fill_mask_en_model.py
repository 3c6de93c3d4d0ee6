"""The model of starters/fill-mask-en, begun from the base encoder."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.torch import load_file
from tokenizers import Tokenizer
from transformers import BertConfig, BertForMaskedLM

from starters.fill_mask_en_pieces import MAX_LENGTH_PIECES, PAD_ID, TokenizedCorpus
from starters.fill_mask_en_texts import CORPORA

LAYERS = 4
BODY_LR, HEAD_LR = 8e-4, 1e-3
WEIGHT_DECAY = 0.01
DROPOUT = 0.0  # less than one pass over most of the text: nothing to regularise


def initial_model(
    base: Path, pieces: list[str], corpora: dict[str, TokenizedCorpus]
) -> BertForMaskedLM:
    """Build the model from the base encoder's weights.

    The head starts as the identity and its bias as the log of each piece's frequency, so that the
    first steps do not destroy what the encoder knows.
    """
    base_config = json.loads((base / "config.json").read_text(encoding="utf-8"))
    config = BertConfig(
        vocab_size=len(pieces),
        hidden_size=base_config["hidden_size"],
        num_hidden_layers=LAYERS,
        num_attention_heads=base_config["num_attention_heads"],
        intermediate_size=base_config["intermediate_size"],
        hidden_act=base_config["hidden_act"],
        layer_norm_eps=base_config["layer_norm_eps"],
        type_vocab_size=base_config["type_vocab_size"],
        max_position_embeddings=MAX_LENGTH_PIECES,
        hidden_dropout_prob=DROPOUT,
        attention_probs_dropout_prob=DROPOUT,
        pad_token_id=PAD_ID,
        attn_implementation="eager",
    )
    model = BertForMaskedLM(config)
    base_ids = Tokenizer.from_file(str(base / "tokenizer.json")).get_vocab()
    kept_rows = torch.tensor([base_ids[piece] for piece in pieces])
    weights = load_file(base / "model.safetensors")
    words, positions = "embeddings.word_embeddings.weight", "embeddings.position_embeddings.weight"
    weights[words] = weights[words][kept_rows]
    weights[positions] = weights[positions][:MAX_LENGTH_PIECES]
    own = model.bert.state_dict()
    missing = own.keys() - weights.keys()
    if missing - {"embeddings.position_ids", "embeddings.token_type_ids"}:
        raise ValueError(f"the base encoder lacks {sorted(missing)}")
    model.bert.load_state_dict({k: v for k, v in weights.items() if k in own}, strict=False)

    counts = np.ones(len(pieces))
    for corpus in CORPORA:
        found = np.bincount(corpora[corpus.name].ids, minlength=len(pieces))
        counts += 1e6 * (corpus.window_weight + corpus.sentence_weight) * found / found.sum()
    head = model.cls.predictions
    with torch.no_grad():
        head.transform.dense.weight.copy_(torch.eye(config.hidden_size))
        head.transform.dense.bias.zero_()
        head.bias.copy_(torch.from_numpy(np.log(counts / counts.sum())).float())
        # Logits of unit-variance rows against unscaled embeddings would start out far too sharp.
        scale = 1.0 / model.bert.embeddings.word_embeddings.weight.norm(dim=1).mean()
        head.transform.LayerNorm.weight.fill_(float(scale))
    return model


def parameter_groups(model: BertForMaskedLM) -> list[dict[str, Any]]:
    """Split the parameters by learning rate (head, body) and decay (matrices, the rest)."""
    groups: dict[tuple[float, float], list[torch.nn.Parameter]] = {}
    for name, parameter in model.named_parameters():
        lr = HEAD_LR if name.startswith("cls.") else BODY_LR
        decay = WEIGHT_DECAY if parameter.ndim == 2 else 0.0
        groups.setdefault((lr, decay), []).append(parameter)
    return [
        {"params": members, "lr": lr, "peak_lr": lr, "weight_decay": decay}
        for (lr, decay), members in groups.items()
    ]


def masked_logits(model: BertForMaskedLM, batch: dict[str, torch.Tensor]) -> torch.Tensor:
    """Return logits (M, V) at the masked positions only; the head is the costliest matrix."""
    hidden = model.bert(batch["input_ids"], attention_mask=batch["attention_mask"])[0]  # (B, T, H)
    logits: torch.Tensor = model.cls(hidden.flatten(0, 1)[batch["positions"]])
    return logits.float()
