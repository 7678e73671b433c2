"""CNNViz: run with `streamlit run app.py`.

Streamlit's server imports this file for the application, and runs it as a script for each visitor.
"""

import streamlit as st

if __name__ == "__main__":
    from cnnviz.errors import CnnvizError
    from cnnviz.hosting import cpu_seconds, overtaken_runs, script_turns
    from cnnviz.hosting.metrics import SCRIPT
    from cnnviz.pages import (
        error_messages,
        frame,
        inference,
        lecture_bar,
        link,
        navigation,
        room_bar,
        sidebar,
    )

    inference.engine()  # TensorFlow is imported in the background, a little later; no page waits for it
    with script_turns.turn(), overtaken_runs.ended():
        frame.style()
        link.begin()
        page = navigation.navigate()
        name = page.url_path or navigation.PAGES[0]
        frame.configure_page(page)
        navigation.draw_navigation(name)
        room_bar.draw()
        try:
            with SCRIPT.measure(name), cpu_seconds.limited():
                controls = lecture_bar.draw(name)
                sidebar.draw(name, controls)
                page.run()
        except CnnvizError as error:
            error_messages.show_error(error)
            link.publish(complete=False)
        else:
            link.publish()
else:
    from starlette.middleware import Middleware

    from cnnviz import settings
    from cnnviz.components import message
    from cnnviz.components.serving import KeepScripts
    from cnnviz.hosting import downloads, kept_files, logs, metrics, uploads
    from cnnviz.hosting.class_pages import ClassPages
    from cnnviz.hosting.cookies import FramedCookies
    from cnnviz.hosting.leaving import Leaving
    from cnnviz.hosting.limits import Limits
    from cnnviz.hosting.page_turns import PageTurns
    from cnnviz.hosting.resending import Resending
    from cnnviz.hosting.rooms import socket
    from cnnviz.hosting.routes import below
    from cnnviz.hosting.waits import Waits
    from cnnviz.pages import drill_files, exercise_files, health, map_files, server_metrics, text_files

    st.secrets.load_if_toml_exists()  # settings kept as secrets become variables
    settings.check()  # a value that is out of its range stops the server here, with a sentence
    logs.begin()
    downloads.begin()
    kept_files.begin()
    uploads.begin()
    server_metrics.register()
    metrics.serve()
    app = st.App(
        __file__,
        routes=below(
            st.get_option("server.baseUrlPath") or "",
            [
                *drill_files.ROUTES,
                *exercise_files.ROUTES,
                *map_files.ROUTES,
                *text_files.ROUTES,
                *health.ROUTES,
                *socket.ROUTES,
            ],
        ),
        middleware=[
            *(
                Middleware(each)
                for each in (Leaving, Waits, Limits, FramedCookies, KeepScripts, PageTurns, ClassPages)
            ),
            Middleware(Resending, received=message.RECEIVED, tokens=message.TOKENS, leading=message.LEADING),
        ],
    )
