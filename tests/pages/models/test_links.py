"""A link to a question holds until somebody asks another one."""

from __future__ import annotations

from components.models import keys
from components.models.link import ModelsState
from components.models.views import VIEWS
from components.share_link import to_params
from tests.pages.models.looking import choose, in_address, settled, shown
from tests.pages.visitor import open_page


def test_who_comes_by_a_link_to_the_ranking_can_look_at_a_model() -> None:
    at = settled(open_page("pages/models.py", params=to_params(ModelsState(view="which"))))
    assert at.session_state[keys.VIEWS] == VIEWS["which"]
    at.session_state[keys.VIEWS] = VIEWS["there"]
    settled(at.run())
    at = choose(at, "sentiment-en")
    assert shown(at) == "sentiment-en"
    assert in_address(at) == "starter:sentiment-en"
    settled(at.run())
    assert at.session_state[keys.VIEWS] == VIEWS["there"], "the link is not put into effect again"
