"""What evidence says of the layers of an image."""

import pytest

from harness.pytest.image_info import layer


@pytest.mark.parametrize(
    ("created", "told"),
    [
        ("COPY deploy/dev /opt/loa/dev # buildkit", "COPY deploy/dev /opt/loa/dev"),
        ("RUN /bin/sh -c npm   ci # buildkit", "RUN npm ci"),
        ("RUN |2 KEY=1 NAME=a b /bin/sh -c make # buildkit", "RUN make"),
        ("RUN |0 /bin/sh -c sh /bin/sh -c x", "RUN sh /bin/sh -c x"),
        ("/bin/sh -c apt-get install", "apt-get install"),
        ("/bin/sh -c #(nop) ADD file in /", "ADD file in /"),
        ("", ""),
        ("RUN " + "x" * 200, "RUN " + "x" * 156 + "\N{HORIZONTAL ELLIPSIS}"),
    ],
)
def test_a_layer_is_told_as_somebody_wrote_it(created: str, told: str) -> None:
    assert layer({"CreatedBy": created, "Size": "3"}).made_by == told
