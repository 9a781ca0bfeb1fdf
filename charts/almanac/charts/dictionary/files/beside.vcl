# The cache beside one replica (figure 5-5). Those in front of it route, limit, and cut addresses down; it keeps what its own
# replica says may be kept, by the same rules as ../../cache/files/default.vcl does in a layer.
vcl 4.1;

import std;

backend replica {
    .host = "${REPLICA}";
    .port = "8080";
    .connect_timeout = 250ms;
    .max_connections = 128;
}

sub vcl_recv {
    if (req.url == "/livez") {
        return (synth(200));
    }
    # As ready as its replica, who is asked each time: a probe of its own would come to those in front later.
    if (req.url == "/readyz" || (req.method != "GET" && req.method != "HEAD") ||
        req.url !~ "^/api/dictionary/words(?:[/?]|$)" || req.url ~ "\?limit=(?![1-9][0-9]?(?:&|$))") {
        return (pass);
    }
    return (hash);
}

sub vcl_hash {
    hash_data(req.url);
    return (lookup);
}

sub vcl_pass {
    set req.http.X-Forward = "bypass";
}

# The time that those in front give it.
sub vcl_backend_fetch {
    unset bereq.http.X-Forward;
    set bereq.first_byte_timeout = std.duration(bereq.http.X-Timeout-Ms + "ms", 1s);
    set bereq.between_bytes_timeout = bereq.first_byte_timeout;
}

sub vcl_backend_response {
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
    if (std.integer(beresp.http.Content-Length, 0) < 1048576) {
        set beresp.do_stream = false;
    }
    if (std.integer(beresp.http.Content-Length, 4096) >= 4096 &&
        beresp.http.Content-Type ~ "^(?:text/|application/(?:.*\+)?json)") {
        set beresp.do_gzip = true;
    }
    return (deliver);
}

sub not_kept {
    set beresp.uncacheable = true;
    set beresp.ttl = 1s;
    set beresp.grace = 0s;
    return (deliver);
}

# Its one replica is away: those in front ask another one, as they do when one says X-Not-Ready.
sub vcl_backend_error {
    if (bereq.is_bgfetch) {
        return (abandon);
    }
    set beresp.status = 503;
    set beresp.http.X-Not-Ready = "replica";
    set beresp.http.Content-Type = "application/problem+json";
    set beresp.http.Cache-Control = "no-store";
    set beresp.http.Retry-After = "2";
    set beresp.body = """{"type":"about:blank","title":"Service Unavailable","status":503,"detail":"The replica does not answer. Try again in a moment."}""";
    set beresp.uncacheable = true;
    set beresp.ttl = 1s;
    return (deliver);
}

sub vcl_deliver {
    unset resp.http.Via;
    unset resp.http.X-Varnish;
    unset resp.http.Accept-Ranges;
    if (obj.hits > 0) {
        set resp.http.Cache-Status = "${NAME}; hit; ttl=" + std.integer(duration = obj.ttl);
        if (obj.ttl <= 0s) {
            set resp.http.Cache-Status = resp.http.Cache-Status + "; detail=stale";
        }
    } elsif (req.http.X-Forward) {
        set resp.http.Cache-Status = "${NAME}; fwd=" + req.http.X-Forward;
    } elsif (obj.uncacheable) {
        set resp.http.Cache-Status = "${NAME}; fwd=miss";
    } else {
        set resp.http.Cache-Status = "${NAME}; fwd=miss; stored";
    }
    return (deliver);
}

sub vcl_synth {
    set resp.http.Content-Type = "text/plain";
    set resp.body = "ok";
    return (deliver);
}
