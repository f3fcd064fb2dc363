"""A SAML identity provider for tests: `pysaml2`, with variants of what a broken or hostile one sends.

server.py PORT FOLDER. It makes its keys in the folder. Its addresses: `/metadata`, `/sso`, `/slo`.
`POST /ctl` changes the state and returns it:
  service     the metadata of the service; requests are checked against them
  user        who signs in
  attributes  what is said about them
  name_id     parts of their name that differ, such as its format
  variant     how the next responses are (see `respond`)
  metadata    { status, text, wait }: what `/metadata` answers instead of its own, after seconds; null: its own
  logout      { name_id, session_index, binding }: returns the provider's own request to log out
"""

import base64
import functools
import html
import http.server
import json
import os
import re
import subprocess
import sys
import time
import urllib.parse

from saml2 import BINDING_HTTP_POST, BINDING_HTTP_REDIRECT, config, entity, saml, server, sigver
from saml2 import xmldsig
from saml2.metadata import entity_descriptor

PORT = int(sys.argv[1])
os.chdir(sys.argv[2])
BASE = f"http://127.0.0.1:{PORT}"
NAME = f"{BASE}/metadata"
POST, REDIRECT = BINDING_HTTP_POST, BINDING_HTTP_REDIRECT
ASSERTION = "urn:oasis:names:tc:SAML:2.0:assertion"
DSIG, EXCLUSIVE = "http://www.w3.org/2000/09/xmldsig#", "http://www.w3.org/2001/10/xml-exc-c14n#"

STATE = {
    "user": "alice@example.test",
    "attributes": {"email": ["alice@example.test"], "groups": ["eng", "ops"]},
    "variant": "assertion",
    "name_id": {},
    "metadata": None,
}
SERVICE = {"metadata": None, "certificate": None, "last": None}


def make_key(name, *kind):
    args = ["openssl", "req", "-x509", "-nodes", "-days", "30", "-subj", f"/CN={name}"]
    files = ["-keyout", f"{name}.key", "-out", f"{name}.pem"]
    subprocess.run([*args, "-newkey", *kind, *files], check=True, capture_output=True)


make_key("idp", "rsa:2048")
make_key("evil", "rsa:2048")
make_key("curve", "ec", "-pkeyopt", "ec_paramgen_curve:P-256")

# AES-GCM, instead of the 3DES that the package encrypts with.
before, encrypt = sigver.pre_encryption_part, sigver.SecurityContext.encrypt_assertion
GCM = "http://www.w3.org/2009/xmlenc11#aes256-gcm"
entity.pre_encryption_part = lambda **rest: before(msg_enc=GCM, **rest)


def encrypt_with_aes(context, statement, key, template, key_type="aes-256", node_xpath=None):
    return encrypt(context, statement, key, template, key_type, node_xpath)


sigver.SecurityContext.encrypt_assertion = encrypt_with_aes


@functools.lru_cache
def provider(key="idp", minutes=5):
    """The package's provider, with a key and the lifetime of its assertions."""
    endpoints = {
        "single_sign_on_service": [(f"{BASE}/sso", POST), (f"{BASE}/sso", REDIRECT)],
        "single_logout_service": [(f"{BASE}/slo", POST), (f"{BASE}/slo", REDIRECT)],
    }
    signed = 'AuthnRequestsSigned="true"' in (SERVICE["metadata"] or "")
    policy = {"default": {"lifetime": {"minutes": minutes}, "attribute_restrictions": None}}
    settings = {
        "entityid": NAME,
        "xmlsec_binary": "/usr/bin/xmlsec1",
        "key_file": f"{key}.key",
        "cert_file": f"{key}.pem",
        "service": {
            "idp": {
                "endpoints": endpoints,
                "policy": policy,
                "want_authn_requests_signed": signed,
            }
        },
    }
    if SERVICE["metadata"]:
        settings["metadata"] = {"inline": [SERVICE["metadata"]]}
    return server.Server(config=config.IdPConfig().load(settings))


def sign_with_curve(xml):
    """The package knows no ECDSA: `xmlsec1` fills in a template."""
    name = re.search(r'<\w+:Assertion[^>]* ID="([^"]+)"', xml)[1]
    method = "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256"
    template = (
        f'<ds:Signature xmlns:ds="{DSIG}"><ds:SignedInfo>'
        f'<ds:CanonicalizationMethod Algorithm="{EXCLUSIVE}"/>'
        f'<ds:SignatureMethod Algorithm="{method}"/><ds:Reference URI="#{name}"><ds:Transforms>'
        f'<ds:Transform Algorithm="{DSIG}enveloped-signature"/>'
        f'<ds:Transform Algorithm="{EXCLUSIVE}"/></ds:Transforms>'
        '<ds:DigestMethod Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"/><ds:DigestValue/>'
        "</ds:Reference></ds:SignedInfo><ds:SignatureValue/></ds:Signature>"
    )
    issuer = r"(<\w+:Assertion.*?</\w+:Issuer>)"
    with open("unsigned.xml", "w") as file:
        file.write(re.sub(issuer, lambda found: found[1] + template, xml, count=1, flags=re.S))
    ids = ["--id-attr:ID", f"{ASSERTION}:Assertion"]
    sign = ["xmlsec1", "--sign", "--privkey-pem", "curve.key", *ids, "unsigned.xml"]
    return subprocess.check_output(sign).decode()


def respond(request, acs, audience):
    """The response to a request, in the variant of the state."""
    variant, user = STATE["variant"], STATE["user"]
    if variant == "replay":
        return SERVICE["last"]
    encrypted = variant.startswith("enc")
    assertion_signed, response_signed = {
        "unsigned": (False, False),
        "ecdsa": (False, False),
        "response": (False, True),
        "both": (True, True),
        "encresp": (True, True),
    }.get(variant, (True, False))
    key, minutes = {"wrongkey": ("evil", 5), "expired": ("idp", -60)}.get(variant, ("idp", 5))
    answered = {"unsolicited": None, "wrongirt": "_other"}.get(variant, request)
    xml = str(
        provider(key, minutes).create_authn_response(
            STATE["attributes"],
            answered,
            "http://evil.test/acs" if variant == "wrongdest" else acs,
            "urn:other:sp" if variant == "wrongaud" else audience,
            name_id=saml.NameID(**{"format": saml.NAMEID_FORMAT_EMAILADDRESS, "text": user, **STATE["name_id"]}),
            issuer="urn:evil:idp" if variant == "wrongiss" else None,
            authn={"class_ref": saml.AUTHN_PASSWORD},
            sign_assertion=assertion_signed,
            sign_response=response_signed,
            digest_alg=xmldsig.DIGEST_SHA256,
            sign_alg=xmldsig.SIG_RSA_SHA1 if variant == "sha1" else xmldsig.SIG_RSA_SHA256,
            encrypt_assertion=encrypted,
            encrypt_assertion_self_contained=encrypted,
            encrypt_cert_assertion=SERVICE["certificate"] if encrypted else None,
        )
    )
    if variant == "ecdsa":
        return sign_with_curve(xml)
    if variant == "tampered":
        return xml.replace(user, "admin@example.test")
    SERVICE["last"] = xml
    return xml


def set_service(metadata):
    """Takes the service's metadata, and its certificate to encrypt with."""
    found = re.search(r'use="encryption".*?X509Certificate>([^<]+)<', metadata, re.S)
    pem = f"-----BEGIN CERTIFICATE-----\n{found[1]}\n-----END CERTIFICATE-----\n" if found else None
    SERVICE.update(metadata=metadata, certificate=pem)
    provider.cache_clear()


def log_out(idp, name_id, session_index, binding):
    """The provider's own request to log a person out, signed, for the way through the browser."""
    name = next(iter(idp.metadata.keys()))
    binding = REDIRECT if binding == "redirect" else POST
    to = idp.metadata.single_logout_service(name, binding, "spsso")[0]["location"]
    in_form = binding == POST
    _, request = idp.create_logout_request(
        to,
        name,
        name_id=saml.NameID(**name_id),
        session_indexes=[session_index],
        sign=in_form,
        sign_alg=xmldsig.SIG_RSA_SHA256,
        digest_alg=xmldsig.DIGEST_SHA256,
    )
    return sent(idp, binding, request, to, "rs-logout", False)


def sent(idp, binding, message, to, relay_state, is_response):
    """A message as an address, or as the fields of a form."""
    made = idp.apply_binding(
        binding,
        str(message),
        to,
        relay_state,
        response=is_response,
        sign=binding == REDIRECT,
        sigalg=xmldsig.SIG_RSA_SHA256,
    )
    if binding == REDIRECT:
        return {"location": dict(made["headers"])["Location"]}
    field = "SAMLResponse" if is_response else "SAMLRequest"
    return {"action": to, "fields": {field: encoded(str(message)), "RelayState": relay_state}}


def encoded(text):
    return base64.b64encode(text.encode()).decode()


def form(action, fields):
    inputs = "".join(
        f'<input type="hidden" name="{name}" value="{html.escape(value)}">'
        for name, value in fields.items()
    )
    return f'<form method="post" action="{html.escape(action)}">{inputs}</form>'


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        try:
            self.handle_request()
        except Exception as error:  # The test reads what the package did not like.
            self.answer(400, "text/plain", f"{type(error).__name__}: {error}")

    do_POST = do_GET

    def handle_request(self):
        address = urllib.parse.urlsplit(self.path)
        body = self.rfile.read(int(self.headers.get("content-length") or 0)).decode()
        if address.path == "/metadata":
            own = {"status": 200, "text": str(entity_descriptor(provider().config))}
            shown = STATE["metadata"] or own
            time.sleep(shown.get("wait", 0))
            return self.answer(shown["status"], "text/xml", shown["text"])
        if address.path == "/ctl":
            return self.control(json.loads(body))
        binding = REDIRECT if self.command == "GET" else POST
        query = urllib.parse.parse_qs(address.query if binding == REDIRECT else body)
        query = {name: values[0] for name, values in query.items()}
        signature = {
            "relay_state": query.get("RelayState"),
            "sigalg": query.get("SigAlg"),
            "signature": query.get("Signature"),
        }
        idp = provider()
        if address.path == "/slo":
            return self.log_out(idp, binding, query, signature)
        parsed = idp.parse_authn_request(query["SAMLRequest"], binding, **signature).message
        acs = parsed.assertion_consumer_service_url
        xml = respond(parsed.id, acs, parsed.issuer.text)
        fields = {"SAMLResponse": encoded(xml), "RelayState": query.get("RelayState", "")}
        self.answer(200, "text/html", form(acs, fields))

    def control(self, changes):
        if "service" in changes:
            set_service(changes.pop("service"))
        if "logout" in changes:
            made = log_out(provider(), **changes["logout"])
            return self.answer(200, "application/json", json.dumps(made))
        STATE.update(changes)
        self.answer(200, "application/json", json.dumps(STATE))

    def log_out(self, idp, binding, query, signature):
        if "SAMLResponse" in query:
            said = idp.parse_logout_request_response(query["SAMLResponse"], binding)
            code = said.response.status.status_code.value
            return self.answer(200, "text/plain", f"{said.response.in_response_to} {code}")
        parsed = idp.parse_logout_request(query["SAMLRequest"], binding, **signature).message
        response = idp.create_logout_response(
            parsed,
            [binding],
            sign=binding == POST,
            sign_alg=xmldsig.SIG_RSA_SHA256,
            digest_alg=xmldsig.DIGEST_SHA256,
        )
        to = idp.response_args(parsed, [binding])["destination"]
        made = sent(idp, binding, response, to, signature["relay_state"], True)
        if "location" in made:
            return self.answer(303, "text/plain", "", made["location"])
        self.answer(200, "text/html", form(made["action"], made["fields"]))

    def answer(self, status, kind, text, location=None):
        body = text.encode()
        self.send_response(status)
        self.send_header("content-type", kind)
        self.send_header("content-length", str(len(body)))
        if location:
            self.send_header("location", location)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


listening = http.server.ThreadingHTTPServer(("127.0.0.1", PORT), Handler)
print("ready", flush=True)
listening.serve_forever()
