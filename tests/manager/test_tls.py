"""TLS to the Manager: a certificate that nobody signed, or of another name, is not spoken to."""

import asyncio
import ipaddress
import ssl
import threading
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from backoffice.manager import failures, reader
from backoffice.manager.client import Client
from backoffice.safety.secret import Secret
from tests.manager.test_client import ACCOUNT, CALLER, KEY, Stage, http


def certificate(name, folder):
    """Signed by itself, for a name or an address; its file holds the key, too."""
    key = ec.generate_private_key(ec.SECP256R1())
    who = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    is_for = x509.IPAddress(ipaddress.ip_address(name)) if name[0].isdigit() else x509.DNSName(name)
    made = x509.CertificateBuilder().subject_name(who).issuer_name(who).public_key(key.public_key())
    made = made.serial_number(1).not_valid_before(datetime.now(UTC) - timedelta(days=1))
    made = made.not_valid_after(datetime.now(UTC) + timedelta(days=1))
    made = made.add_extension(x509.SubjectAlternativeName([is_for]), critical=False)
    made = made.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True).sign(
        key, hashes.SHA256()
    )
    kept = folder / f"{name}.pem"
    plain = serialization.NoEncryption()
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
    kept.write_bytes(pem + made.public_bytes(serialization.Encoding.PEM))
    return kept


@pytest.fixture
def behind(settings):
    """`behind(certificate)` puts up a Manager that answers over TLS with it."""
    opened = []

    def put_up(path):
        server = Stage(lambda number: [http(200, ACCOUNT)])
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(path)
        server.socket = context.wrap_socket(server.socket, server_side=True)
        # A hand that is not shaken is nothing that the server has to tell of.
        server.handle_error = lambda *_: None
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        opened.append(server)
        settings.MANAGER_URL = f"https://127.0.0.1:{server.server_address[1]}"
        return server

    yield put_up
    for server in opened:
        server.shutdown()
        server.server_close()


async def account(context):
    client = Client(Secret(KEY), context=context)
    try:
        return await client.account(128001, caller=CALLER)
    finally:
        await client.close()


@pytest.mark.parametrize("whose", ["127.0.0.1", "manager.example"])
def test_a_manager_whose_certificate_nobody_signed_is_not_spoken_to(whose, behind, tmp_path):
    kept = certificate(whose, tmp_path)
    server = behind(kept)

    with pytest.raises(failures.NotSent):
        asyncio.run(account(reader.context()))
    if whose == "127.0.0.1":
        assert asyncio.run(account(ssl.create_default_context(cafile=kept))).login == 128001
    else:
        with pytest.raises(failures.NotSent):
            asyncio.run(account(ssl.create_default_context(cafile=kept)))
    assert len(server.heard) == (1 if whose == "127.0.0.1" else 0)
