"""A TLS mail server that we did not write (aiosmtpd), for tests/it/smtp.

Arguments: implicit|starttls CERT KEY [CLIENT_CA]. Listens on a free port of 127.0.0.1 and prints JSON lines: first {"port": N}, then one for each
letter taken, its bytes as Latin-1. The only user is "keshirim" with the password "құпия сөз". With CLIENT_CA a client
certificate is demanded. Ends when its standard input does.
"""

import asyncio
import json
import logging
import ssl
import sys

from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword


def tell(**what):
    print(json.dumps(what), flush=True)


class Handler:
    async def handle_DATA(self, server, session, envelope):
        tell(
            mail_from=envelope.mail_from,
            mail_options=envelope.mail_options,
            rcpt_tos=envelope.rcpt_tos,
            encrypted=server.transport.get_extra_info("cipher") is not None,
            authenticated=session.authenticated,
            content=envelope.original_content.decode("latin-1"),
        )
        return "250 2.0.0 taken"


def authenticate(server, session, envelope, mechanism, data):
    good = isinstance(data, LoginPassword) and data == LoginPassword(b"keshirim", "құпия сөз".encode())
    # handled=False lets the server itself answer 535.
    return AuthResult(success=good, handled=False)


async def main():
    # aiosmtpd warns of its own deprecated attributes.
    logging.disable(logging.WARNING)
    mode, cert, key, *client_ca = sys.argv[1:]
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, key)
    if client_ca:
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(client_ca[0])
    starttls = context if mode == "starttls" else None

    def session():
        return SMTP(
            Handler(), hostname="relay.test", enable_SMTPUTF8=True, tls_context=starttls, require_starttls=starttls is not None,
            authenticator=authenticate, auth_require_tls=starttls is not None,
        )

    loop = asyncio.get_running_loop()
    server = await loop.create_server(session, "127.0.0.1", 0, ssl=None if starttls else context)
    tell(port=server.sockets[0].getsockname()[1])
    await loop.run_in_executor(None, sys.stdin.read)


asyncio.run(main())
