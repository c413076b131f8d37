"""credentials.webhook_signature: the published vector, and secrets of our own."""

from gateway.credentials.webhook_signature import derived_secret, signature_fields
from gateway.identity.pepper import Pepper
from gateway.identity.secret import Secret


def test_the_vector_of_standard_webhooks_is_met() -> None:
    """From the convention's reference libraries, test of `sign`."""
    secret = Secret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")

    fields = signature_fields(
        secret,
        "msg_p5jXN8AQM9LWM0D4loKWxJek",
        b'{"test": 2432232314}',
        at_s=1_614_265_330,
    )

    assert dict(fields) == {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }


def test_each_webhook_and_each_pepper_has_a_secret_of_its_own() -> None:
    one, other = (Pepper.of(Secret(letter * 40)) for letter in "ab")

    secrets = {
        derived_secret(pepper, webhook_id).reveal()
        for pepper in (one, other)
        for webhook_id in ("whk_1", "whk_2")
    }

    assert len(secrets) == 4
    assert all(each.startswith("whsec_") for each in secrets)
    assert derived_secret(one, "whk_1").reveal() in secrets
