"""A certificate is renewed while the gateway runs: SIGHUP says when."""

from __future__ import annotations

import shutil
import signal
import ssl
from pathlib import Path

from tests.integration.proxy.ways import write_certificate
from tests.journeys.running import Gateway, eventually, gateway_before

SOON_S = 20


def shown(gateway: Gateway) -> bytes:
    """The certificate that a new connection is shown."""
    pem = ssl.get_server_certificate(("127.0.0.1", gateway.port))
    return ssl.PEM_cert_to_DER_cert(pem)


def issued(folder: Path) -> bytes:
    """A new certificate in a folder of its own; gives its bytes."""
    folder.mkdir(exist_ok=True)
    chain, _ = write_certificate(folder)
    return ssl.PEM_cert_to_DER_cert(chain.read_text(encoding="ascii"))


def test_sighup_renews_a_certificate_behind_a_link_and_a_broken_one_is_not_taken(
    tmp_path: Path,
) -> None:
    # As certbot has it: nothing changes in the folder that the gateway follows.
    kept, live = tmp_path / "kept", tmp_path / "live"
    live.mkdir()
    first = issued(kept)
    for name in ("chain.pem", "key.pem"):
        (live / name).symlink_to(kept / name)
    with gateway_before("http://127.0.0.1:9", tmp_path / "set-up") as gateway:
        gateway.stop()
        with Path(gateway.config).open("a", encoding="utf-8") as config:
            config.write(
                f"\ntls: {{certificate: {live}/chain.pem, key: {live}/key.pem}}\n"
            )
        gateway.start()
        assert gateway.process is not None
        before = shown(gateway)

        second = issued(kept)
        gateway.process.send_signal(signal.SIGHUP)
        eventually(lambda: shown(gateway) == second, within_s=SOON_S, what="renewed")

        (kept / "chain.pem").write_text("no certificate", encoding="ascii")
        gateway.process.send_signal(signal.SIGHUP)
        log = gateway.folder / "gateway.log"
        eventually(
            lambda: "tls.faulty" in log.read_text(encoding="utf-8"),
            within_s=SOON_S,
            what="the fault is told",
        )
        after = shown(gateway)

    shutil.rmtree(kept)
    assert (before, after) == (first, second)
