"""One browser tab of a Streamlit server, without the browser: pages are run over the websocket.

It says what Streamlit's own front end says (streamlit/proto/BackMsg.proto, ForwardMsg.proto): which
page, every widget's value, and which large messages it still holds, so that the server sends them
by their hash. It draws nothing.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.Element_pb2 import Element
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState
from websockets.asyncio.client import ClientConnection, connect

# The second entry stands where a browser that has logged in sends its token.
SUBPROTOCOLS = ("streamlit", "PLACEHOLDER_AUTH_TOKEN")
RUN_TIMEOUT_S = 120.0


class PageFailed(Exception):
    """A run of a page did not draw what it should."""


@dataclass(frozen=True, slots=True)
class Run:
    """One full run of a page's script.

    elapsed_s: from sending the message to receiving that the script has finished.
    elements: what it drew, in order. size_bytes: what the server sent for it.
    """

    elapsed_s: float
    elements: tuple[Element, ...]
    size_bytes: int

    def of_type(self, name: str) -> list[Element]:
        """The elements of one type, by its name in Element.proto: `plotly_chart`."""
        return [element for element in self.elements if element.WhichOneof("type") == name]

    def raise_failures(self) -> None:
        """Raises PageFailed where the page shows an exception."""
        for element in self.of_type("exception"):
            raise PageFailed(f"{element.exception.type}: {element.exception.message}")


@dataclass(slots=True)
class Received:
    """The messages of one run, as they come in."""

    run_id: str | None = None
    page_hash: str = ""
    max_age_runs: int = 0
    messages: list[ForwardMsg] = field(default_factory=list)
    size_bytes: int = 0
    has_finished: bool = False

    def add(self, data: bytes) -> None:
        """Take in one message; what the run before still sends is dropped."""
        message = ForwardMsg.FromString(data)
        kind = message.WhichOneof("type")
        if kind == "new_session":
            # A page that asks for its own rerun starts again: only the last run's drawing counts.
            self.run_id = message.metadata.run.script_run_id
            # Of the first run it is the start page's; `navigation` then names the page itself.
            self.page_hash = message.new_session.page_script_hash
            self.max_age_runs = message.new_session.config.max_cached_message_age
            self.messages.clear()
        if self.run_id is None:
            return
        self.size_bytes += len(data)
        if kind in ("delta", "ref_hash"):
            self.messages.append(message)
        elif kind == "navigation":
            self.page_hash = message.navigation.page_script_hash
        elif kind == "page_not_found":
            raise PageFailed(f"no page {message.page_not_found.page_name!r}")
        elif kind == "script_finished" and message.metadata.run.script_run_id == self.run_id:
            if message.script_finished == ForwardMsg.FINISHED_WITH_COMPILE_ERROR:
                raise PageFailed("the page's script does not compile")
            if message.script_finished == ForwardMsg.FINISHED_SUCCESSFULLY:
                self.has_finished = True


class MessageCache:
    """The large messages that a browser keeps for some runs, by their hash."""

    def __init__(self) -> None:
        self._held: dict[str, tuple[ForwardMsg, int]] = {}  # with the run it was last seen in
        self._runs = 0

    def hashes(self) -> list[str]:
        return list(self._held)

    def resolve(self, messages: Iterable[ForwardMsg], max_age_runs: int) -> list[ForwardMsg]:
        """One run's messages, references replaced; drops what `max_age_runs` did not mention.

        Raises PageFailed for a reference to a message that is not held.
        """
        self._runs += 1
        whole = []
        for message in messages:
            if message.WhichOneof("type") == "ref_hash":
                if message.ref_hash not in self._held:
                    raise PageFailed("the server refers to a message that this tab does not hold")
                message = self._held[message.ref_hash][0]
                self._held[message.hash] = (message, self._runs)
            elif message.metadata.cacheable:
                self._held[message.hash] = (message, self._runs)
            whole.append(message)
        oldest = self._runs - max_age_runs
        self._held = {key: held for key, held in self._held.items() if held[1] > oldest}
        return whole


class PageTab:
    """One browser tab, open at one page; `async with` closes its connection."""

    def __init__(self, connection: ClientConnection, server_url: str, page_name: str) -> None:
        self._connection = connection
        self._url = f"{server_url}/{page_name}"
        self._page_name = page_name
        self._page_hash = ""
        self._widgets: dict[str, WidgetState] = {}
        self._cache = MessageCache()

    @classmethod
    async def open(cls, server_url: str, page_name: str) -> PageTab:
        """Connect as a tab whose address is that page's; `rerun` then runs it."""
        connection = await connect(
            f"{server_url.replace('http', 'ws', 1)}/_stcore/stream",
            origin=server_url,  # type: ignore[arg-type]  # a NewType of str
            subprotocols=SUBPROTOCOLS,  # type: ignore[arg-type]
            max_size=None,
        )
        return cls(connection, server_url, page_name)

    async def __aenter__(self) -> PageTab:
        return self

    async def __aexit__(self, *_error: object) -> None:
        await self._connection.close()

    async def rerun(self, *changed: WidgetState) -> Run:
        """Run the page, with these widgets changed and all others as they were.

        Raises PageFailed where it shows an exception, TimeoutError after RUN_TIMEOUT_S.
        """
        self._widgets |= {state.id: state for state in changed}
        request = rerun_message(
            page_hash=self._page_hash,
            page_name=self._page_name,
            url=self._url,
            widgets=self._widgets.values(),
            held_hashes=self._cache.hashes(),
        ).SerializeToString()
        received = Received()
        async with asyncio.timeout(RUN_TIMEOUT_S):
            started = time.perf_counter()
            await self._connection.send(request)
            while not received.has_finished:
                received.add(await self._connection.recv(decode=False))
            elapsed_s = time.perf_counter() - started
        self._page_hash = received.page_hash
        whole = self._cache.resolve(received.messages, received.max_age_runs)
        run = Run(elapsed_s, tuple(drawn_elements(whole)), received.size_bytes)
        run.raise_failures()
        drawn = {state.id: state for state in map(initial_state, run.elements) if state is not None}
        # A widget that is no longer drawn is forgotten; a new one reports the value it has.
        self._widgets = {id_: self._widgets.get(id_, state) for id_, state in drawn.items()}
        return run


def rerun_message(
    *,
    page_hash: str,
    page_name: str,
    url: str,
    widgets: Iterable[WidgetState],
    held_hashes: Iterable[str] = (),
) -> BackMsg:
    """What a browser sends for a full rerun.

    page_hash: as the server named the page in the last run; before the first run the page is named
    by `page_name`, the path in its address.
    """
    message = BackMsg()
    state = message.rerun_script
    state.page_script_hash = page_hash
    if not page_hash:
        state.page_name = page_name
    state.widget_states.widgets.extend(widgets)
    state.cached_message_hashes.extend(held_hashes)
    state.context_info.url = url
    state.context_info.locale = "en-US"
    state.context_info.timezone = "UTC"
    state.context_info.color_scheme = "light"
    return message


def drawn_elements(messages: Iterable[ForwardMsg]) -> Iterator[Element]:
    """The elements in a run's messages, in the order they came."""
    for message in messages:
        if message.delta.WhichOneof("type") == "new_element":
            yield message.delta.new_element


def initial_state(element: Element) -> WidgetState | None:
    """What a browser reports for a widget before anybody touched it; None for other elements.

    Known are the types of widgets that hold a value and that the pages use.
    """
    kind = element.WhichOneof("type")
    if kind == "slider":
        slider = element.slider
        numbers = slider.value if slider.set_value else slider.default
        return slider_state(slider.id, *numbers)
    if kind == "selectbox":
        box = element.selectbox
        return text_state(
            box.id, box.raw_value if box.set_value else "".join(box.options[box.default :][:1])
        )
    if kind == "text_area":
        area = element.text_area
        return text_state(area.id, area.value if area.set_value else area.default)
    if kind == "text_input":
        line = element.text_input
        return text_state(line.id, line.value if line.set_value else line.default)
    return None


def slider_state(widget_id: str, *values: float) -> WidgetState:
    state = WidgetState(id=widget_id)
    state.double_array_value.data.extend(values)
    return state


def text_state(widget_id: str, value: str) -> WidgetState:
    """The state of a text area or input, or of a selectbox, which reports its option's label."""
    return WidgetState(id=widget_id, string_value=value)


def widget_id(run: Run, key: str) -> str:
    """The id of the drawn widget with a key: Streamlit ends ids with it. Raises PageFailed."""
    for element in run.elements:
        state = initial_state(element)
        if state is not None and state.id.endswith(f"-{key}"):
            return state.id
    raise PageFailed(f"no widget with the key {key!r} was drawn")


def bar_counts(run: Run) -> list[int]:
    """How many bars each drawn plotly chart has."""
    specs = [json.loads(element.plotly_chart.spec) for element in run.of_type("plotly_chart")]
    # Counted by their texts: plotly may pack numbers.
    return [
        sum(len(trace["text"]) for trace in spec["data"] if trace["type"] == "bar")
        for spec in specs
    ]
