"""Of many messages to the page none is lost, though nobody takes them for a while."""

from __future__ import annotations

import sys
import types

import pytest
from jupyter_client.manager import start_new_kernel

from corewidgets.widgets.sent_messages import keep_sent_messages

N_MESSAGES = 12_000

MAKE = """
import numpy as np
import corewidgets as cw

stage = cw.Labeler(np.full((20, 10, 3), 99, np.uint8), classes=["A", "B"], autosave=False)
"""
SEND = f"""
for number in range({N_MESSAGES}):
    stage.send({{"number": number, "long": "-" * 2000}})
print("sent")
"""


@pytest.mark.slow
def test_none_is_lost_while_nobody_takes_them():
    manager, client = start_new_kernel()
    try:
        assert client.execute(MAKE, reply=True, timeout=120)["content"]["status"] == "ok"
        assert (
            client.execute(SEND, reply=True, timeout=120)["content"]["status"] == "ok"
        )  # all are on their way
        numbers = []
        while (message := client.get_iopub_msg(timeout=30))["content"].get("text") != "sent\n":
            content = message["content"].get("data", {}).get("content", {})
            numbers += [content["number"]] if "number" in content else []
        assert numbers == list(range(N_MESSAGES))
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)


def test_the_mark_is_raised_once_in_the_thread_that_sends(monkeypatch):
    called = []

    class Thread:
        socket = types.SimpleNamespace(sndhwm=1000)
        schedule = staticmethod(called.append)

    shell = types.SimpleNamespace(kernel=types.SimpleNamespace(iopub_thread=Thread()))
    monkeypatch.setitem(sys.modules, "IPython", types.SimpleNamespace(get_ipython=lambda: shell))
    keep_sent_messages()
    keep_sent_messages()
    assert len(called) == 1
    assert Thread.socket.sndhwm == 1000
    called[0]()
    assert Thread.socket.sndhwm > 50_000


@pytest.mark.parametrize("shell", [None, types.SimpleNamespace(), types.SimpleNamespace(kernel=object())])
def test_without_a_kernel_of_ipykernel_nothing_is_done(monkeypatch, shell):
    monkeypatch.setitem(sys.modules, "IPython", types.SimpleNamespace(get_ipython=lambda: shell))
    keep_sent_messages()
