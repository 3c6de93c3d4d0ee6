"""The tab "What does a model see?": what of the texts is cut, padded and unknown to a tokenizer."""

from components.inspect.model_view.tab import draw_model_view

__all__ = ["draw_model_view"]
