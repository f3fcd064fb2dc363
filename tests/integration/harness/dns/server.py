"""A real DNS server (dnslib) that answers TXT questions over UDP and TCP, and fails on request.

Over HTTP: `PUT /NAME` adds a record, `DELETE /NAME` removes those of a name, `POST /mode` sets how
it answers, and every answer lists the names that were asked for.
Usage: server.py DNS_PORT HTTP_PORT
"""

import http.server
import socket
import sys

from dnslib import QTYPE, RCODE, RR, SOA, TXT
from dnslib.server import BaseResolver, DNSLogger, DNSServer

ZONE = {}
MODE = ["ok"]
ASKED = []


def parts(text):
    return [text[at : at + 255] for at in range(0, len(text), 255)] or [""]


class Resolver(BaseResolver):
    def resolve(self, request, handler):
        name = str(request.q.qname).lower().rstrip(".")
        ASKED.append(f"{handler.protocol} {name}")
        reply, mode = request.reply(), MODE[0]
        if mode == "timeout":
            raise socket.timeout()
        if mode == "servfail":
            reply.header.rcode = RCODE.SERVFAIL
        elif mode == "refused":
            reply.header.rcode = RCODE.REFUSED
        elif mode == "truncate" and handler.protocol == "udp":
            reply.header.tc = 1
        elif name in ZONE:
            if request.q.qtype == QTYPE.TXT:
                for text in ZONE[name]:
                    record = RR(request.q.qname, QTYPE.TXT, rdata=TXT(parts(text)), ttl=3600)
                    reply.add_answer(record)
        else:
            reply.header.rcode = RCODE.NXDOMAIN
        if not reply.rr:
            times = (1, 3600, 3600, 3600, 3600)
            soa = SOA("ns.example.test", "host.example.test", times)
            reply.add_auth(RR("example.test", QTYPE.SOA, ttl=3600, rdata=soa))
        return reply


class Control(http.server.BaseHTTPRequestHandler):
    def do_PUT(self):
        name = self.path.strip("/").lower()
        body = self.rfile.read(int(self.headers.get("content-length") or 0)).decode()
        if self.command == "PUT":
            ZONE.setdefault(name, []).append(body)
        elif self.command == "DELETE":
            ZONE.pop(name, None)
        elif name == "mode":
            MODE[0] = body
        self.send_response(200)
        self.end_headers()
        self.wfile.write("\n".join(ASKED).encode())

    do_DELETE = do_POST = do_GET = do_PUT

    def log_message(self, format, *args):
        pass


for tcp in (False, True):
    logger = DNSLogger("-request,-reply,-error,-truncated")
    server = DNSServer(
        Resolver(), port=int(sys.argv[1]), address="127.0.0.1", tcp=tcp, logger=logger
    )
    server.start_thread()
http_server = http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[2])), Control)
print("ready", flush=True)
http_server.serve_forever()
