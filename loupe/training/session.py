"""One process's work on a run: what is prepared once, then trained, then judged."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch

from loupe.checkpoints.places import Places
from loupe.data.outcomes import Outcome
from loupe.data.spec import Role
from loupe.data.trainable import BestMetric, Evaluation, PrepareSettings, Trainable
from loupe.errors import InvalidInput
from loupe.training.arguments import make_plan, training_arguments
from loupe.training.card import CardFacts, used_recipe, write_card
from loupe.training.errors import UnfitModel
from loupe.training.evaluation import Evaluator, resting, spread
from loupe.training.events import EventWriter, JsonLines, read_events, without_undone
from loupe.training.loop import Counter, RunTrainer, Watch, load_weights, patience_spent
from loupe.training.losses import LossKind, SummedLoss, loss_kind, make_class_weights
from loupe.training.machine import hardware_name, library_versions
from loupe.training.model_building import Built, build
from loupe.training.outcome import write_outcome
from loupe.training.packing import packs_cleanly
from loupe.training.phases import Phase
from loupe.training.precision import training_device, use_bf16
from loupe.training.run_folder import RunFolder, newest_complete_checkpoint
from loupe.training.spec import ROLES, RunSpec
from loupe.training.stop import StopAsked, StopRequest
from loupe.training.trackers import check_trackers, tensorboard

SAMPLES_SCHEMA_VERSION = 1
# How many held-out inputs are predicted before, during and after, where the run names none.
SAMPLES = 10
# Generating text takes far longer than a loss: while training so many rows are judged by what is
# written for them; at the end all are.
GENERATED_ROWS = 200

_STATE_FILE = "trainer_state.json"
# The less of these the better; of any other metric the more.
_LOWER_IS_BETTER = ("loss", "perplexity", "bits")


@dataclass(frozen=True, slots=True)
class Data:
    """Rows as they were read, and the labels in them."""

    train: Any
    validation: Any | None
    labels: tuple[str, ...] | None


class Session:
    """Built by `prepare`; then `train`, and unless it was interrupted `finish`."""

    def __init__(
        self,
        spec: RunSpec,
        trainable: Trainable,
        data: Data,
        built: Built,
        settings: PrepareSettings,
        folder: RunFolder,
        events: EventWriter,
        stop: StopRequest,
    ) -> None:
        self.spec, self.trainable, self.data, self.built = spec, trainable, data, built
        self.settings, self.folder, self.events, self.stop = settings, folder, events, stop
        self.device = training_device()
        self.bf16 = use_bf16(spec.args.bf16, self.device)
        self.examples = self._encode(data.train)
        self.held_out = None if data.validation is None else self._encode(data.validation)
        self.best = choose_best(spec, trainable, data)
        self.plan = make_plan(spec.args, len(self.examples))
        self.loss = self._make_loss()
        self.interrupted = False
        self.phase = Phase.PREPARING
        self._trainer: RunTrainer | None = None
        self._last_samples: list[dict[str, Any]] = []

    @classmethod
    def prepare(
        cls,
        spec: RunSpec,
        trainable: Trainable,
        data: tuple[Any, Any | None],
        places: Places,
        folder: RunFolder,
        events: EventWriter,
        stop: StopRequest,
    ) -> Session:
        """Labels, model and examples. Raises a LoupeError that says what does not fit."""
        check_trackers(spec.args.report_to)
        train, validation = data
        if validation is not None and len(validation) == 0:
            validation = None
        if len(train) == 0:
            raise InvalidInput("There are no rows to train on.", "Check the files and the split.")
        if spec.early_stopping_patience is not None and validation is None:
            raise InvalidInput(
                "early_stopping_patience: nothing is held out, so nothing can stop the run early.",
                "Name validation files, or set data.holdout above 0.",
            )
        settings = prepare_settings(spec)
        labels = trainable.find_labels(train, validation, settings)
        built = build(
            spec,
            trainable.auto_class,
            labels,
            lambda: texts_of(train, spec),
            places,
            newest_complete_checkpoint(folder.path),
        )
        settings = replace(settings, packing=decide_packing(spec, built.model))
        rows = Data(train, validation, labels)
        return cls(spec, trainable, rows, built, settings, folder, events, stop)

    @property
    def step(self) -> int:
        return 0 if self._trainer is None else int(self._trainer.state.global_step)

    def train(self, checkpoint: Path | None) -> None:
        """Train to the end, or until a stop is asked for; from a checkpoint where there is one."""
        resumed_step = 0 if checkpoint is None else int(checkpoint.name)
        report_to, folder = self.spec.args.report_to, self.folder.tensorboard
        with tensorboard(report_to, folder, resumed_step) as callbacks:
            self._train(checkpoint, callbacks)

    def _train(self, checkpoint: Path | None, callbacks: Sequence[Any]) -> None:
        from transformers.trainer_callback import TrainerState

        trainer = self._trainer = self._make_trainer(checkpoint, callbacks)
        self.phase = Phase.TRAINING
        self._say_ready()
        # Collators look at it, and Trainer fetches a batch before it sets it itself.
        self.built.model.train()
        if checkpoint is None:
            self._sample("before", 0)
            trainer.train()
        else:
            state = TrainerState.load_from_json(str(checkpoint / _STATE_FILE))
            if self._ended(state):
                # Killed between the last step and the last file: nothing is left to train.
                trainer.state = state
                load_weights(trainer, checkpoint)
                return
            trainer.train(resume_from_checkpoint=str(checkpoint))
        self.interrupted = self.stop.asked() and not self._ended(trainer.state)

    def _ended(self, state: Any) -> bool:
        spent = self.best is not None and patience_spent(
            state.log_history,
            state.best_global_step,
            self.best,
            self.spec.early_stopping_patience,
        )
        return spent or state.global_step >= self.plan.total_steps

    def finish(self) -> None:
        """Judge the best checkpoint, row by row too, show samples of it, write the card, and last
        finished.json.

        The last checkpoint stays beside the best: a run that is given more steps goes on from it.
        Raises StopAsked where a stop is asked for meanwhile.
        """
        trainer = self._trainer
        assert trainer is not None
        self.phase = Phase.JUDGING
        last = trainer.state.global_step
        best = self._load_best(trainer)
        evaluation = None if self.held_out is None else self._evaluate(None)
        if self.stop.asked():
            raise StopAsked
        metrics = {} if evaluation is None else self._metrics_of(evaluation)
        outcome = None if evaluation is None else self._outcome_of(evaluation)
        if outcome is not None:
            write_outcome(self.folder.evaluation, best, outcome)
        self._sample("after", best)
        elapsed_s = self._elapsed_s()
        card = self._card(best, metrics, elapsed_s, outcome)
        self.folder.card.write_text(card, "utf-8")
        self.folder.remove_incomplete()
        early = last < self.plan.total_steps
        summary = {"step": last, "best_step": best, "metrics": metrics, "elapsed_s": elapsed_s}
        self.events("finished", **summary, early=early)
        # Written last: its presence means that the run completed.
        recipe = {"recipe_hash": used_recipe(self.spec)}
        self.folder.write_finished({**summary, "early": early, **recipe})

    def _load_best(self, trainer: RunTrainer) -> int:
        steps = self.folder.steps()
        best = trainer.state.best_global_step
        if best not in steps:
            best = steps[-1]
        if best != trainer.state.global_step:
            load_weights(trainer, self.folder.checkpoints / str(best))
        return int(best)

    @contextmanager
    def _during(self, phase: Phase) -> Iterator[None]:
        before, self.phase = self.phase, phase
        try:
            yield
        finally:
            self.phase = before

    def _make_trainer(self, checkpoint: Path | None, callbacks: Sequence[Any]) -> RunTrainer:
        from transformers.utils import logging as transformers_logging

        transformers_logging.disable_progress_bar()
        resumed = 0 if checkpoint is None else int(checkpoint.name)
        # A resumed run goes on with other masks than those that it began with.
        settings = replace(self.settings, seed=self.settings.seed + resumed)
        collate = self.trainable.collator(self.built.tokenizer, settings, self.built.model)
        counter = Counter(collate)
        watch = Watch(
            folder=self.folder,
            events=self.events,
            stop=self.stop,
            plan=self.plan,
            counter=counter,
            during=self._during,
            best=self.best,
            evaluate=lambda: self._metrics(GENERATED_ROWS),
            sample=lambda step: self._sample("during", step),
            patience=self.spec.early_stopping_patience,
            save_total_limit=self.spec.args.save_total_limit,
            base=self.built.base,
            use_cache=bool(getattr(self.built.model.config, "use_cache", True)),
        )
        return RunTrainer(
            watch=watch,
            callbacks=callbacks,
            model=self.built.model,
            args=training_arguments(
                self.spec,
                self.plan,
                self.folder.partial,
                device=self.device,
                bf16=self.bf16,
                best=self.best,
                resumed=checkpoint is not None,
            ),
            train_dataset=self.examples,
            eval_dataset=self.held_out,
            data_collator=counter,
            processing_class=self.built.tokenizer,
            compute_loss_func=self.loss,
        )

    def _metrics(self, generate_max_rows: int | None) -> Mapping[str, float] | None:
        with self._during(Phase.EVALUATING):
            evaluation = self._evaluate(generate_max_rows)
            return None if evaluation is None else self._metrics_of(evaluation)

    def _metrics_of(self, evaluation: Evaluation) -> dict[str, float]:
        found = self.trainable.metrics(evaluation, self.built.tokenizer, self.data.labels)
        return {name: float(value) for name, value in found.items()}

    def _outcome_of(self, evaluation: Evaluation) -> Outcome | None:
        tokenizer, labels = self.built.tokenizer, self.data.labels
        return self.trainable.outcome(
            evaluation, self.data.validation, tokenizer, self.settings, labels
        )

    def _evaluate(self, generate_max_rows: int | None) -> Evaluation | None:
        assert self.held_out is not None
        assert self._trainer is not None
        evaluator = Evaluator(
            model=self._trainer.model,
            tokenizer=self.built.tokenizer,
            auto_class=self.trainable.auto_class,
            generates=self.trainable.generates,
            examples=self.held_out,
            make_collator=lambda: self.trainable.collator(
                self.built.tokenizer, self.settings, self.built.model
            ),
            loss=self.loss.plain(),
            batch_size=self.spec.args.per_device_eval_batch_size,
            max_new_tokens=self.settings.max_target_length,
            seed=self.spec.args.seed,
            to_device=self._trainer._prepare_inputs,
            stop=self.stop.asked,
        )
        return evaluator(generate_max_rows)

    def _encode(self, rows: Any) -> Any:
        return self.trainable.encode(rows, self.built.tokenizer, self.settings, self.data.labels)

    def _make_loss(self) -> SummedLoss:
        kind = loss_kind(self.trainable.auto_class, multi_label=self.spec.multi_label)
        weights = make_class_weights(
            self.spec.class_weights,
            self.data.labels,
            kind,
            lambda: targets_of(self.examples["labels"][:], kind),
        )
        return SummedLoss(kind, self.spec.args.label_smoothing_factor, weights)

    def _say_ready(self) -> None:
        parameters = list(self.built.model.parameters())
        self.events(
            "ready",
            device=self.device,
            bf16=self.bf16,
            parameters=sum(p.numel() for p in parameters),
            trainable_parameters=sum(p.numel() for p in parameters if p.requires_grad),
            train_rows=len(self.data.train),
            validation_rows=0 if self.data.validation is None else len(self.data.validation),
            total_steps=self.plan.total_steps,
            packing=self.settings.packing,
            new_modules=self.built.new_modules,
            recipe_hash=used_recipe(self.spec),
            best_metric=None if self.best is None else self.best.name,
        )

    def _sample(self, when: str, step: int) -> None:
        inputs = self._sample_inputs()
        if not inputs:
            return
        resting_model = resting(self.built.model, self.spec.args.seed)
        with self._during(Phase.SAMPLING), torch.no_grad(), resting_model:
            shown = self.trainable.predict_samples(
                self.built.model, self.built.tokenizer, inputs, self.settings
            )
        lines = JsonLines(self.folder.samples)
        head = {"schema_version": SAMPLES_SCHEMA_VERSION, "step": step, "when": when}
        lines.write({**head, "samples": shown})
        lines.close()
        self.events("samples", step=step, when=when)
        self._last_samples = shown

    def _sample_inputs(self) -> tuple[str, ...]:
        if self.spec.sample_inputs:
            return self.spec.sample_inputs
        rows = self.data.train if self.data.validation is None else self.data.validation
        column = ROLES[self.spec.task][0].value
        values = rows[spread(len(rows), SAMPLES)][column]
        return tuple(v if isinstance(v, str) else " ".join(v) for v in values)

    def _elapsed_s(self) -> float:
        """Of all processes that worked on the run, each by its last line that says so."""
        total = last = 0.0
        for event in read_events(self.folder.events)[0]:
            if event["event"] == "started":
                total, last = total + last, 0.0
            last = event.get("elapsed_s") or last
        return total + last

    def _card(
        self, best: int, metrics: Mapping[str, float], elapsed_s: float, outcome: Outcome | None
    ) -> str:
        events = without_undone(read_events(self.folder.events)[0])
        curve = [(e["step"], e["metrics"]) for e in events if e["event"] == "evaluation"]
        ready = next(e for e in reversed(events) if e["event"] == "ready")
        facts = CardFacts(
            hardware=hardware_name(self.device, bf16=self.bf16),
            elapsed_s=elapsed_s,
            train_rows=ready["train_rows"],
            validation_rows=ready["validation_rows"],
            total_steps=self.plan.total_steps,
            best_step=best,
            best_metric=self.best.name if self.best else None,
            parameters=ready["parameters"],
            trainable_parameters=ready["trainable_parameters"],
            metrics_before=dict(curve[0][1]) if curve and curve[0][0] == 0 else {},
            metrics_after=metrics,
            outcome=outcome,
            curve=curve,
            samples=self._last_samples,
            versions=library_versions(),
        )
        return write_card(self.spec, facts)


def prepare_settings(spec: RunSpec) -> PrepareSettings:
    """The fields of the run that examples depend on; packing is decided later, by the model."""
    return PrepareSettings(
        max_length=spec.max_length,
        max_target_length=spec.max_target_length,
        mlm_probability=spec.mlm_probability,
        mask_replace_prob=spec.mask_replace_prob,
        random_replace_prob=spec.random_replace_prob,
        prefix=spec.prefix,
        multi_label=spec.multi_label,
        seed=spec.args.seed,
    )


def decide_packing(spec: RunSpec, model: Any) -> bool:
    """Whether rows hold several texts. Raises UnfitModel where that is asked for and leaks."""
    if spec.task != "text-generation" or spec.packing is False:
        return False
    clean = packs_cleanly(model)
    if spec.packing is True and not clean:
        raise UnfitModel(
            "packing: with {model}, texts in one row would see each other.",
            "Set packing to auto or false.",
            model=model.config.model_type,
        )
    return clean


def choose_best(spec: RunSpec, trainable: Trainable, data: Data) -> BestMetric | None:
    """By what checkpoints are compared; None where nothing is held out."""
    if data.validation is None:
        return None
    own = trainable.best_metric(data.train, data.labels)
    name = spec.args.metric_for_best_model
    if name in ("auto", own.name):
        return own
    lower = any(word in name for word in _LOWER_IS_BETTER)
    return BestMetric(name, greater_is_better=not lower)


def texts_of(rows: Any, spec: RunSpec) -> Iterator[str]:
    """All text that a tokenizer for the run should know."""
    roles = [role for role in ROLES[spec.task] if role not in (Role.LABEL, Role.TAGS)]
    for role in roles:
        for value in rows[role.value][:]:
            if isinstance(value, str):
                yield value
            else:
                yield from ([" ".join(value)] if role is Role.TOKENS else value)


def targets_of(labels: Any, kind: LossKind) -> torch.Tensor:
    """The labels of all examples: (N,) ids of tokens or rows, or (N, C) zeros and ones."""
    if kind is LossKind.TOKENS:
        return torch.tensor([label for row in labels for label in row])
    return torch.tensor(list(labels))
