"""The main flow by Twilio's Python client: prints what the client saw, as JSON. Run by contract-python.test.ts."""

import json
import os
import subprocess
import sys
from datetime import datetime

from twilio import __version__
from twilio.base.exceptions import TwilioRestException
from twilio.http.http_client import TwilioHttpClient
from twilio.request_validator import RequestValidator
from twilio.rest import Client

BASE, SID, TOKEN, TECHNIQUE, NOW = sys.argv[1:]


class Local(TwilioHttpClient):
    def request(self, method, url, *args, **kwargs):
        return super().request(method, url.replace("https://verify.twilio.com", BASE), *args, **kwargs)


if TECHNIQUE == "base_url":
    client = Client(SID, TOKEN)
    client.verify.base_url = BASE
else:
    client = Client(SID, TOKEN, http_client=Local())


def code(secret, later):
    command = ["oathtool", "--totp", "--base32", "--now", "@%d" % (int(NOW) + later), secret]
    return subprocess.check_output(command, text=True).strip()


def refusal(call):
    try:
        call()
    except TwilioRestException as error:
        return [error.status, error.code, error.msg]
    return "it was honoured"


services = client.verify.v2.services
service = services.create(friendly_name="My service", totp_issuer="Acme")
context = services(service.sid)
entity = context.entities("user-0001-0002")
created = entity.new_factors.create(
    friendly_name="Phone", factor_type="totp", metadata={"os": "Android"}
)
secret = created.binding["secret"]
wrong = entity.factors(created.sid).update(auth_payload="000000")
verified = entity.factors(created.sid).update(auth_payload=code(secret, 0))
waiting = entity.challenges.create(factor_sid=created.sid, hidden_details={"ip": "192.0.2.1"})
# The next step: this one's code was spent by the enrollment, and the skew takes codes of 30 seconds later.
approved = entity.challenges(waiting.sid).update(auth_payload=code(secret, 30))
replayed = entity.challenges.create(factor_sid=created.sid, auth_payload=code(secret, 30))
for name in ("Two", "Three", "Four", "Five"):
    services.create(friendly_name=name)
webhook = context.webhooks.create(
    friendly_name="Audit",
    event_types=["factor.verified", "challenge.approved"],
    webhook_url="https://hooks.example.com/",
)

print(
    json.dumps(
        {
            "version": __version__,
            "issuer": service.totp["issuer"],
            "dates": all(
                isinstance(date, datetime)
                for date in (
                    service.date_created,
                    created.date_updated,
                    waiting.expiration_date,
                    approved.date_responded,
                    webhook.date_created,
                )
            ),
            "not responded": waiting.date_responded,
            "statuses": [created.status, wrong.status, verified.status],
            "challenges": [waiting.status, approved.status, replayed.status],
            "hidden": approved.hidden_details,
            "entities": [item.identity for item in context.entities.list()],
            "factors": [[item.sid == created.sid, item.metadata] for item in entity.factors.list()],
            "listed": [item.status for item in entity.challenges.list(order="desc")],
            "services": [item.friendly_name for item in services.list(page_size=2)],
            "webhooks": [item.event_types for item in context.webhooks.list()],
            "fetched": entity.challenges(waiting.sid).fetch().status,
            "removed": [
                context.webhooks(webhook.sid).delete(),
                entity.factors(created.sid).delete(),
                entity.delete(),
                context.delete(),
            ],
            "missing": refusal(lambda: context.fetch()),
            "signature": RequestValidator(TOKEN).compute_signature("https://hooks.example.com/", {"a": "b"}),
        }
    )
)
