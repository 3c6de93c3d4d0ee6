"""Which faults each sample gets."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from samples.making.article_faults import plant_in_articles
from samples.making.class_faults import plant_in_sentiment, plant_in_spam, plant_in_topics
from samples.making.entity_faults import plant_in_entities
from samples.making.pair_faults import plant_in_pairs
from samples.making.planting import Planter

PLANT: Mapping[str, Callable[[Planter], None]] = {
    "sentiment": plant_in_sentiment,
    "spam": plant_in_spam,
    "topics": plant_in_topics,
    "entities": plant_in_entities,
    "pairs": plant_in_pairs,
    "articles": plant_in_articles,
}
