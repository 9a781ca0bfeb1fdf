# One cache in front of the services (chapter 5, "Introducing a Caching Layer"). What is cached for how long, and
# under which part of its URL, follows ../../edge/files/routes.yaml; charts/test compares row by row.
vcl 4.1;

import directors;
import std;
import var;
import vsthrottle;

include "./rates.vcl";

# Sick until the first good answer (.initial is one less than .threshold), so that a replica without its words gets
# nothing at start. Two bad ones of three take it out: within 0.9 s when it says that it is not ready or is gone (DRAIN_MS
# of the services is longer), within 3 s when it is frozen. Less than a second would take out all replicas just when
# they have too much to do: overloaded ones were measured to take up to 0.8 s for this, rarely more.
#@if ${PROBED}
probe ready {
    .url = "/readyz";
    .interval = 300ms;
    .timeout = 1s;
    .window = 3;
    .threshold = 2;
}
#@end

backend default none;

# Beyond max_connections a fetch fails at once and is retried elsewhere: nothing queues here.
#@for service in dictionary recent web
#@for replica in ${service.list}
backend ${service}_${replica_index} {
    .host = "${replica.host}";
#@if ${service} in ${CACHE_BESIDE}
    # The cache beside it.
    .port = "8081";
#@else
    .port = "${replica.port}";
#@end
#@if ${service} in ${PROBED}
    .probe = ready;
#@end
    .connect_timeout = 250ms;
    .max_connections = 128;
}
#@end
#@end

# The shard director because it can name the n-th replica for the same key: that is where a retry goes. Its ring is made of
# names, so that all caches have the same, and one replica more takes its share from all others alike.
sub vcl_init {
#@for service in dictionary recent web
    new ${service} = directors.shard();
#@for replica in ${service.list}
    ${service}.add_backend(${service}_${replica_index});
#@end
    ${service}.reconfigure(500);
#@end
}

sub vcl_recv {
    if (req.url == "/livez" || req.url == "/readyz") {
        return (synth(200));
    }
    call rate_limit;
    # From when it is here: whoever has waited for another one's fetch, in vain, has no whole deadline for his own.
    set req.http.X-End = std.real(time = now) + std.real(req.http.X-Timeout-Ms, 3000.0) / 1000.0;
    unset req.http.X-Forward;
    # Answers are small and go out whole (RFC 9110, section 14.2). On the words' way to the dictionaries is no cache. Varnish
    # would make a 416 without a body, and fetches in vain where a range is passed on that it cannot read.
    unset req.http.Range;
    unset req.http.If-Range;
    # A fragment is no part of an address, and would be a copy of its own.
    if (req.url ~ "#") {
        return (synth(400));
    }
    if (req.url ~ "^/api/dictionary/words(?:[/?]|$)") {
        call only_reading;
        call dictionary_url;
        call public;
        # The dictionary takes a limit in one spelling only; but here it is not decoded, and %35 is 5 to the dictionary.
        if (req.url ~ "\?limit=(?![1-9][0-9]?(?:&|$))") {
            return (pass);
        }
#@if ${CACHE_BESIDE}
        return (pass);
#@else
        return (hash);
#@end
    }
    if (req.url ~ "^/api/dictionary/recent(?:\?|$)") {
        call visitors_own;
        return (pass);
    }
    if (req.url ~ "^/api/dictionary/") {
        call anonymous;
        return (pass);
    }
    if (req.url ~ "^/(?:api|data|livez|readyz|metrics|faults|openapi\.json)(?:[/?]|$)") {
        return (synth(404));
    }
    call only_reading;
    # The look-up box leads by its query to a word's page. And nothing that is kept has a percent sign in its path but
    # words: other spellings of one page would be copies of their own.
    if (req.url ~ "^/words(?:\?|$)" || req.url ~ "^(?!/words/)[^?]*%") {
        call anonymous;
        return (pass);
    }
    call page_url;
    call public;
    # A 404 is a page or a problem, by Accept; browsers word it in too many ways to keep a copy for each.
    if (req.http.Accept ~ "text/html") {
        set req.http.Accept = "text/html";
    } else {
        set req.http.Accept = "*/*";
    }
    return (hash);
}

sub only_reading {
    if (req.method != "GET" && req.method != "HEAD") {
        return (synth(405));
    }
}

# One copy of a word however it is asked for: the query says nothing about a word, completion knows two parameters,
# and the dictionary folds case itself.
sub dictionary_url {
    if (req.url !~ "^/api/dictionary/words\?") {
        set req.url = regsub(req.url, "\?.*$", "");
    } elsif (req.url !~ "^/api/dictionary/words\?(?:limit=[0-9]+&)?prefix=[^&]*$") {
        set req.http.X-Limit = "";
        set req.http.X-Prefix = "";
        if (req.url ~ "^[^?]*\?(?:.*&)?limit=") {
            set req.http.X-Limit = regsub(req.url, "^[^?]*\?(?:.*?&)??(limit=[^&]*).*$", "\1&");
        }
        if (req.url ~ "^[^?]*\?(?:.*&)?prefix=") {
            set req.http.X-Prefix = regsub(req.url, "^[^?]*\?(?:.*?&)??(prefix=[^&]*).*$", "\1");
        }
        set req.url = "/api/dictionary/words?" + req.http.X-Limit + req.http.X-Prefix;
        unset req.http.X-Limit;
        unset req.http.X-Prefix;
    }
    set req.url = std.tolower(req.url);
}

# A page and an asset are one copy each, whatever query is written after their paths, or one visitor could fill the cache
# with copies of them. The page of a word is the same for all words: its script asks for the word.
sub page_url {
    set req.url = regsub(req.url, "\?.*$", "");
    if (req.url ~ "^/words/.") {
        set req.url = "/words/-";
    }
}

# One visitor's, so it is never kept, whatever an answer says of itself. The replica gets to know the visitor's cookie in its
# only form, and no other.
sub visitors_own {
    if (req.method !~ "^(?:GET|HEAD|POST|DELETE)$") {
        return (synth(405));
    }
    set req.url = "/api/dictionary/recent";
    std.collect(req.http.Cookie, "; ");
    set req.http.X-Visitor = req.http.Cookie;
    call anonymous;
    # Of two of them nobody knows which one is meant.
    if (req.http.X-Visitor !~ "__Host-visitor=.*__Host-visitor=" &&
        req.http.X-Visitor ~ "(?:^|;) *__Host-visitor=[0-9a-f]{32}\.[A-Za-z0-9_-]{22} *(?:;|$)") {
        set req.http.Cookie = regsub(req.http.X-Visitor, "^(?:.*;)? *(__Host-visitor=[0-9a-f]{32}\.[A-Za-z0-9_-]{22}) *(?:;.*)?$", "\1");
    }
    unset req.http.X-Visitor;
}

sub anonymous {
    unset req.http.Cookie;
    unset req.http.Authorization;
}

# What is kept for everyone is made without knowing who asks, or under which name.
sub public {
    call anonymous;
    unset req.http.X-Member;
    unset req.http.Accept-Language;
    unset req.http.X-Forwarded-Host;
    unset req.http.X-Forwarded-For;
    unset req.http.X-Real-IP;
    set req.http.Host = "almanac";
}

# Not by Host (builtin.vcl): names that nobody gave us must not split the cache.
sub vcl_hash {
    hash_data(req.url);
    return (lookup);
}

sub vcl_pass {
    set req.http.X-Forward = "bypass";
}

sub vcl_backend_fetch {
    unset bereq.http.X-Forward;
    call time_of_a_try;
    call service_and_key;
    # The key puts the replicas into an order, and each try goes to the next. Only where no other is ready does one that has
    # been tried get another chance.
    set bereq.backend = default;
#@for service in dictionary recent web
    if (var.get_string("service") == "${service}") {
#@if ${service} in ${PROBED}
        var.set_int("retries", 2);
#@end
#@for replica in ${service.list}
        if (bereq.backend == default) {
            set bereq.backend = ${service}.backend(
                by = KEY, key = ${service}.key(var.get_string("key")), alt = ${replica_index} - 1, healthy = IGNORE);
            call only_if_ready_and_untried;
        }
#@end
        if (bereq.backend == default) {
            set bereq.backend = ${service}.backend(by = KEY, key = ${service}.key(var.get_string("key")));
        }
    }
#@end
    var.set_string("tried", var.get_string("tried") + bereq.backend + " ");
}

# A key per request spreads the load. A visitor's is the first part of their cookie: their replica remembers them. Who has
# none yet gets one that begins with the id of the request that made it, so that the next one has the same key.
sub service_and_key {
    var.set_int("retries", 8);
    var.set_string("key", bereq.http.X-Request-Id);
    if (bereq.url == "/api/dictionary/recent") {
        var.set_string("service", "recent");
        if (bereq.http.Cookie) {
            var.set_string("key", regsub(bereq.http.Cookie, "^__Host-visitor=([0-9a-f]{32})\..*$", "\1"));
        }
    } else if (bereq.url ~ "^/api/dictionary/") {
        var.set_string("service", "dictionary");
    } else {
        var.set_string("service", "web");
    }
}

# Half of what is left of the route's deadline: a third try after two frozen replicas still has its time, and one after
# a refusal has nearly all. A replica is told, so that it does not go on when nobody waits any more.
sub time_of_a_try {
    if (bereq.retries == 0) {
        var.set_real("end", std.real(bereq.http.X-End, 0.0));
        # There is time for a try while a fifth is left: after three that got nothing there is not, however many might follow.
        # Refusals cost no time.
        var.set_real("last", var.get_real("end") - std.real(bereq.http.X-Timeout-Ms, 3000.0) / 5000.0);
        unset bereq.http.X-End;
    }
    set bereq.http.X-Timeout-Ms = std.integer(real = (var.get_real("end") - std.real(time = now)) * 500.0);
    # None would be Varnish's own 60 s.
    if (std.integer(bereq.http.X-Timeout-Ms, 0) < 1) {
        set bereq.http.X-Timeout-Ms = "1";
    }
    set bereq.first_byte_timeout = std.duration(bereq.http.X-Timeout-Ms + "ms", 1s);
    set bereq.between_bytes_timeout = bereq.first_byte_timeout;
}

# By name and not by counting through the ready ones: who is ready changes between two tries.
sub only_if_ready_and_untried {
    if (!std.healthy(bereq.backend) || std.strstr(var.get_string("tried"), bereq.backend + " ")) {
        set bereq.backend = default;
    }
}

sub retry_in_time {
    if (bereq.retries < var.get_int("retries") && std.real(time = now) < var.get_real("last") &&
        (bereq.method == "GET" || bereq.method == "HEAD")) {
        return (retry);
    }
}

sub vcl_backend_response {
    # It has just been started, before a probe has seen it, or has given up a moment before it would have been given up here.
    # That is no overload, so another one may be asked.
    if ((beresp.status == 503 && beresp.http.X-Not-Ready) || beresp.status == 504) {
        call retry_in_time;
    }
    if (bereq.uncacheable) {
        return (deliver);
    }
    # What is not an answer never takes the place of one.
    if (beresp.status != 200 && beresp.status != 301 && beresp.status != 308 && beresp.status != 404) {
        if (bereq.is_bgfetch) {
            return (abandon);
        }
        call not_kept;
    }
    if (beresp.ttl <= 0s || beresp.http.Set-Cookie || beresp.http.Vary ~ "\*" ||
        beresp.http.Cache-Control !~ "(?i)max-?age=" || beresp.http.Cache-Control ~ "(?i)no-cache|no-store|private") {
        call not_kept;
    }
    if (beresp.status == 404 ||
        (bereq.url ~ "^/api/dictionary/words\?" && beresp.http.Cache-Control !~ "(?i)s-maxage=")) {
        # Nothing was found: of a completion without words, a 200, the dictionary says no s-maxage. Misspelt words are
        # many: a short time keeps a stampede off the origin, a long one would push the words out.
        if (beresp.ttl > 1m) {
            set beresp.ttl = 1m;
        }
        set beresp.grace = 1m;
    } else {
        if (beresp.ttl > 1d) {
            set beresp.ttl = 1d;
        }
        set beresp.grace = ${CACHE_GRACE};
    }
    # A whole answer or none: where the origin dies in the middle of a body, the fetch can be retried.
    if (std.integer(beresp.http.Content-Length, 0) < 1048576) {
        set beresp.do_stream = false;
    }
    # Public answers only, so compression tells nothing (BREACH). Small ones arrive in the first flight either way, and
    # unpacking them for who does not take gzip would cost more than it saves.
    if (std.integer(beresp.http.Content-Length, 4096) >= 4096 &&
        beresp.http.Content-Type ~ "^(?:text/|application/(?:.*\+)?json)") {
        set beresp.do_gzip = true;
    }
    return (deliver);
}

# Requests that wait for this one go on by themselves, side by side, instead of one after the other.
sub not_kept {
    set beresp.uncacheable = true;
    set beresp.ttl = 1s;
    set beresp.grace = 0s;
    return (deliver);
}

# No answer at all: refused, cut off, too late, or no replica is ready. Another replica may have one. Where each is known,
# three tries, so that one killed and another frozen at the same time cost no request. Where one address stands for all, each
# try goes to any of them, also to the one that has just died, until the kubelet has seen that: hence more of them.
sub vcl_backend_error {
    call retry_in_time;
    if (bereq.is_bgfetch) {
        return (abandon);
    }
    set beresp.status = 503;
    set beresp.http.Content-Type = "application/problem+json";
    set beresp.http.Cache-Control = "no-store";
    set beresp.http.Retry-After = "2";
    set beresp.body = """{"type":"about:blank","title":"Service Unavailable","status":503,"detail":"No replica of the service answered. Try again in a moment."}""";
    set beresp.uncacheable = true;
    set beresp.ttl = 1s;
    return (deliver);
}

# Cache-Status: RFC 9211. Via and X-Varnish would tell which server this is and nothing that helps a client; and
# no range is answered.
sub vcl_deliver {
    # The file is made a while before the end, so that nobody sends a request on a connection that is just being closed.
    if (std.file_exists("${STATE}/draining")) {
        set resp.http.Connection = "close";
    }
    unset resp.http.Via;
    unset resp.http.X-Varnish;
    unset resp.http.X-Not-Ready;
    unset resp.http.Accept-Ranges;
    unset resp.http.X-Log;
#@if ${CACHE_BESIDE}
    if (req.http.X-Forward && resp.http.Cache-Status) {
        var.set_string("beside", resp.http.Cache-Status + ", ");
    }
#@end
    # Said here and not when an answer is kept, or it would say what somebody else has left.
    set resp.http.X-RateLimit-Limit = var.get_int("burst");
    set resp.http.X-RateLimit-Remaining = var.get_int("left");
    if (obj.hits > 0) {
        if (obj.ttl > 0s) {
            set resp.http.Cache-Status = "${NAME}; hit; ttl=" + std.integer(duration = obj.ttl);
        } else {
            set resp.http.Cache-Status = "${NAME}; hit; ttl=" + std.integer(duration = obj.ttl) + "; detail=stale";
        }
    } elsif (req.http.X-Forward) {
        set resp.http.Cache-Status = var.get_string("beside") + "${NAME}; fwd=" + req.http.X-Forward;
    } elsif (obj.uncacheable) {
        set resp.http.Cache-Status = "${NAME}; fwd=miss";
    } else {
        set resp.http.Cache-Status = "${NAME}; fwd=miss; stored";
    }
    return (deliver);
}

sub vcl_synth {
    unset resp.http.Via;
    unset resp.http.X-Varnish;
    set resp.http.Cache-Status = "${NAME}; detail=refused";
    set resp.http.Cache-Control = "no-store";
    if (resp.status == 200) {
        set resp.http.Content-Type = "text/plain";
        set resp.body = "ok";
        return (deliver);
    }
    set resp.http.X-RateLimit-Limit = var.get_int("burst");
    set resp.http.X-RateLimit-Remaining = var.get_int("left");
    set resp.http.Content-Type = "application/problem+json";
    if (resp.status == 429) {
        # The next tick.
        set resp.http.Retry-After = 1 + std.integer(
            real = std.real(duration = var.get_duration("refill")) * std.real(integer = std.integer(var.get_string("tick"), 0) + 1) -
                std.real(time = now));
        var.set_string("detail", {","detail":"You ask more often than you may. Try again in "} + resp.http.Retry-After + {" s.""});
        # A line a second of each key in the edge's log is enough: a flood would fill it.
        if (vsthrottle.is_denied("log " + var.get_string("key"), 1, 1s)) {
            set resp.http.X-Log = "off";
        }
    } elsif (resp.status == 405) {
        set resp.http.Allow = "GET, HEAD";
        if (req.url ~ "^/api/dictionary/recent(?:\?|$)") {
            set resp.http.Allow = "GET, HEAD, POST, DELETE";
        }
    } elsif (resp.status >= 500) {
        set resp.http.Retry-After = "2";
    }
    set resp.body = {"{"type":"about:blank","title":""} + resp.reason + {"","status":"} + resp.status + var.get_string("detail") + "}";
    return (deliver);
}
