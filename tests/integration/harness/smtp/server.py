"""A real SMTP server (aiosmtpd) that fails on request, and lists the mails that it took.

The local part of a recipient picks the failure. `GET /` on the second port lists the mails as JSON.
Usage: server.py SMTP_PORT HTTP_PORT CERTIFICATE KEY [plain]
"""

import asyncio
import json
import ssl
import sys
import time

from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword

MAILS = []
SEEN = {}
REFUSED = {
    "bounce": "550 5.1.1 no such user",
    "policy": "550 5.7.1 your address is blocked here",
    "full": "452 4.2.2 mailbox full",
    "die421": "421 4.3.2 going down",
}


def is_for(envelope, local):
    return any(address.split("@")[0] == local for address in envelope.rcpt_tos)


class Handler:
    async def handle_RCPT(self, server, session, envelope, address, options):
        local = address.split("@")[0]
        if local in REFUSED:
            return REFUSED[local]
        if local == "grey" and time.time() - SEEN.setdefault(address, time.time()) < 2:
            return "451 4.7.1 greylisted, try later"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        if is_for(envelope, "lateno"):
            return "554 5.7.1 content refused"
        MAILS.append(
            {
                "to": envelope.rcpt_tos,
                "tls": session.ssl is not None,
                "auth": bool(session.authenticated),
                "raw": envelope.content.decode("utf8", "replace"),
            }
        )
        if is_for(envelope, "lostack"):
            # The mail is taken, but the confirmation never arrives.
            server.transport.abort()
        return "250 2.0.0 queued"


class Server(SMTP):
    async def smtp_DATA(self, arg):
        if not is_for(self.envelope, "middrop"):
            return await super().smtp_DATA(arg)
        await self.push("354 go")
        for _ in range(3):
            await self._reader.readline()
        self.transport.abort()


def authenticate(server, session, envelope, mechanism, data):
    known = isinstance(data, LoginPassword) and (data.login, data.password) == (b"app", b"secret")
    # Otherwise a failed attempt gets no reply.
    return AuthResult(success=known, handled=False)


async def list_mails(reader, writer):
    await reader.readline()
    body = json.dumps(MAILS).encode()
    head = b"HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: %d\r\n\r\n" % len(body)
    writer.write(head + body)
    await writer.drain()
    writer.close()


async def main():
    smtp, http, certificate, key = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3], sys.argv[4]
    secure = {"auth_required": False}
    if "plain" not in sys.argv[5:]:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(certificate, key)
        secure = {"tls_context": context, "require_starttls": True, "auth_required": True}

    def server():
        return Server(
            Handler(),
            hostname="mx.test",
            authenticator=authenticate,
            enable_SMTPUTF8=True,
            **secure,
        )

    await asyncio.get_running_loop().create_server(server, "127.0.0.1", smtp)
    await asyncio.start_server(list_mails, "127.0.0.1", http)
    print("ready", flush=True)
    await asyncio.Event().wait()


asyncio.run(main())
