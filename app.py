"""The server of Loupe, and its start page.

`streamlit run app.py` finds `app` and serves it; for each visitor it then runs this file again as
the script of the start page.
"""

from __future__ import annotations

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from components import server

app = st.App("app.py", lifespan=server.lifespan, middleware=server.MIDDLEWARE)

if get_script_run_ctx(suppress_warning=True) is not None:
    from components.start_page import draw_start_page

    draw_start_page()
