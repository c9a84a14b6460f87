"""The way in through a real sshd: the forced command of a key, with a terminal, and nothing else."""

from __future__ import annotations

import getpass
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

import pytest

PASSPHRASE = "correct horse battery staple"
LOGIN = {"Badge number: ": "1001", "Passphrase: ": PASSPHRASE}
"""What is asked, and what somebody types then: what comes before a passphrase is asked for is thrown away."""
PROGRAM = Path(sys.executable).with_name("alpr-core")

pytestmark = [
    pytest.mark.skipif(
        shutil.which("sshd") is None or shutil.which("ssh") is None, reason="needs sshd and ssh"
    ),
    pytest.mark.skipif(os.geteuid() != 0, reason="sshd in a test is started by root"),
    pytest.mark.skipif(not PROGRAM.exists(), reason="alpr-core is not installed beside this Python"),
]


def talk(called: list[str], typed: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    """Run a program, and type each answer once it has been asked for."""
    said, ends = "", time.monotonic() + 60
    questions = list(typed.items())
    with subprocess.Popen(
        called, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    ) as running:
        assert running.stdin is not None
        assert running.stdout is not None
        while time.monotonic() < ends and (heard := os.read(running.stdout.fileno(), 4096)):
            said += heard.decode(errors="replace")
            if questions and said.endswith(questions[0][0]):
                os.write(running.stdin.fileno(), f"{questions.pop(0)[1]}\n".encode())
        running.wait(timeout=10)
    return subprocess.CompletedProcess(called, running.returncode, said, "")


@pytest.fixture
def ssh(node, tmp_path):
    """``ssh("people list", typed=...)`` comes in with a key whose command is forced."""
    folder = tmp_path / "ssh"
    folder.mkdir(mode=0o700)
    for name in ("host", "key"):
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", folder / name], check=True)
    public = (folder / "key.pub").read_text()
    path = ":".join(filter(None, sys.path))
    forced = f"env PYTHONPATH={path} XDG_STATE_HOME={os.environ['XDG_STATE_HOME']} {PROGRAM} -C {node.folder} shell"
    (folder / "keys").write_text(f'restrict,pty,command="{forced}" {public}')
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    config = folder / "sshd_config"
    config.write_text(
        f"ListenAddress 127.0.0.1\nPort {port}\nHostKey {folder / 'host'}\nAuthorizedKeysFile {folder / 'keys'}\n"
        "StrictModes no\nUsePAM no\nPasswordAuthentication no\nPermitRootLogin yes\nPidFile none\n"
        "Subsystem sftp internal-sftp\n"
    )
    Path("/run/sshd").mkdir(exist_ok=True)
    server = subprocess.Popen([shutil.which("sshd"), "-D", "-e", "-f", config], stderr=subprocess.DEVNULL)

    def connect(
        *words: str,
        typed: Mapping[str, str] = LOGIN,
        options: tuple[str, ...] = ("-tt",),
        program: str = "ssh",
    ):
        known = [
            "-o",
            "StrictHostKeyChecking=no",
            "-o",
            f"UserKnownHostsFile={folder / 'known'}",
            "-o",
            "LogLevel=ERROR",
        ]
        where = ["-p" if program == "ssh" else "-P", str(port), "-i", str(folder / "key")]
        target = f"{getpass.getuser()}@127.0.0.1"
        called = [program, *options, *known, *where, target, *words]
        return talk(called, typed)

    try:
        for _ in range(100):  # it listens once it has read its keys
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.05)
        yield connect
    finally:
        server.terminate()
        server.wait(timeout=10)


def test_one_command_runs_under_the_persons_own_login_and_nothing_else_does(ssh, node, tmp_path) -> None:
    done = ssh("people", "list")
    assert (done.returncode, "Alex Doe" in done.stdout) == (0, True), done.stdout + done.stderr
    assert PASSPHRASE not in done.stdout
    assert len(node.entries("person.logout")) == 1
    made = tmp_path / "made"
    for words in (
        f"people list; touch {made}",
        f"$(touch {made})",
        f"sh -c 'touch {made}'",
        "init /tmp/other",
    ):
        refused = ssh(words)
        assert refused.returncode != 0
        assert not made.exists()


def test_without_a_login_a_key_opens_nothing(ssh, node) -> None:
    refused = ssh("people", "list", typed={**LOGIN, "Passphrase: ": "not it at all"})
    assert (refused.returncode, "Alex Doe" in refused.stdout) == (3, False)
    assert node.entries("person.list") == []


def test_no_file_is_copied_and_no_port_is_forwarded_with_the_key(ssh, node, tmp_path) -> None:
    batch = tmp_path / "batch"
    batch.write_text(f"get {node.folder}/var/alpr.db {tmp_path}/stolen.db\n")
    copied = ssh(options=("-b", str(batch)), program="sftp")
    assert copied.returncode != 0
    assert not (tmp_path / "stolen.db").exists()
    forwarded = ssh(
        "people", "list", options=("-tt", "-o", "ExitOnForwardFailure=yes", "-R", "0:127.0.0.1:1")
    )
    assert forwarded.returncode != 0
