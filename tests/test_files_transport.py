"""The transport of files: a message is there whole or not at all, for a worker that reads half of one ends."""

import threading
from pathlib import Path

import pytest
from kombu import Connection
from kombu.transport.virtual import Empty

from backoffice import transport
from backoffice.celery import app

MESSAGES = 300


@pytest.fixture
def connection(tmp_path):
    folders = {"data_folder_in": str(tmp_path), "data_folder_out": str(tmp_path), "control_folder": str(tmp_path / "c")}
    with Connection("filesystem://", transport=transport.Transport, transport_options=folders) as made:
        yield made


def test_what_cannot_be_finished_leaves_no_message(connection, monkeypatch, tmp_path):
    channel = connection.channel()

    def killed(*_):
        raise OSError("no space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", killed)
        with pytest.raises(Exception, match="cannot be written"):
            channel._put("funding", {"body": "x"})

    with pytest.raises(Empty):
        channel._get("funding")
    channel._put("funding", {"body": "x"})
    assert channel._get("funding") == {"body": "x"}


def test_a_reader_beside_two_writers_reads_each_message_once_and_whole(connection):
    channel = connection.channel()

    def write(name):
        for n in range(MESSAGES):
            channel._put("funding", {"body": f"{name}{n}" * 100})

    writers = [threading.Thread(target=write, args=(name,)) for name in "ab"]
    for writer in writers:
        writer.start()
    read = []
    while len(read) < 2 * MESSAGES:
        try:
            read.append(channel._get("funding")["body"])
        except Empty:
            continue

    assert len(set(read)) == 2 * MESSAGES


@pytest.mark.smoke
def test_the_house_uses_it_where_there_is_no_server(settings):
    is_ours = isinstance(app.connection_for_write().transport, transport.Transport)
    assert is_ours == settings.CELERY_BROKER_URL.startswith("filesystem:")
