# How often one visitor may ask (chapter 5, "Rate Limiting and Denial-of-Service Defense"): a burst, then a rate. default.vcl
# answers who asks more often with 429.
vcl 4.1;

import std;
import var;
import vsthrottle;

# The edge says who asks. Whoever comes past it counts by his own address, and chooses no class by a word alone; but what
# writes both headers is believed, so that only the edge may reach this port.
sub rate_limit {
    if (!req.http.X-Rate-Key) {
        unset req.http.X-Rate-Class;
        set req.http.X-Rate-Key = client.ip;
    }
    if (req.http.X-Rate-Class == "load") {
        var.set_int("burst", ${RATE_LOAD_BURST});
        var.set_duration("refill", ${RATE_LOAD_REFILL});
    } elsif (req.http.X-Rate-Class == "member") {
        var.set_int("burst", ${RATE_MEMBER_BURST});
        var.set_duration("refill", ${RATE_MEMBER_REFILL});
    } else {
        set req.http.X-Rate-Class = "anonymous";
        var.set_int("burst", ${RATE_ANONYMOUS_BURST});
        var.set_duration("refill", ${RATE_ANONYMOUS_REFILL});
    }
    var.set_string("key", req.http.X-Rate-Class + " " + req.http.X-Rate-Key);
    unset req.http.X-Rate-Class;
    unset req.http.X-Rate-Key;
    call take_a_token;
}

# Each tick of the clock, one per refill time, pays for one request of a key; a bucket, the reserve, for more. The bucket
# alone would give half of the rate to who asks a little too often: vsthrottle loses the fraction of a token by which it has
# filled up whenever one is taken. So the bucket is for pauses, at half the rate, as a tick is paid after each; and its last
# token stays in it, because an empty one fills up without a pause.
sub take_a_token {
    var.set_duration("period", var.get_duration("refill") * 2 * var.get_int("burst"));
    var.set_int("left", -1);
    if (!vsthrottle.is_denied(var.get_string("key"), var.get_int("burst"), var.get_duration("period"))) {
        var.set_int("left", vsthrottle.remaining(var.get_string("key"), var.get_int("burst"), var.get_duration("period")));
    }
    # As text, because a variable of this module has 32 bits, and a REAL of so many digits becomes no text.
    var.set_string("tick", std.integer(real = std.real(time = now) / std.real(duration = var.get_duration("refill"))));
    if (!vsthrottle.is_denied(var.get_string("key") + " " + var.get_string("tick"), 1, var.get_duration("refill") * 10)) {
        call put_it_back;
    } elsif (var.get_int("left") > 0) {
        var.set_int("left", var.get_int("left") - 1);
    } else {
        call put_it_back;
        return (synth(429));
    }
}

sub put_it_back {
    if (var.get_int("left") >= 0) {
        vsthrottle.return_token(var.get_string("key"), var.get_int("burst"), var.get_duration("period"));
    } else {
        var.set_int("left", 0);
    }
}
