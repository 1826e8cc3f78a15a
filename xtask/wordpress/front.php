<?php
// What stands in front of a WordPress at a host: read before WordPress is, on either engine.
// `$instance` is the parsed `instance.json`.

// Written before the answer goes out, so that whoever has the answer finds its line.
ob_start();
register_shutdown_function(function () use ($instance) {
    $line = $_SERVER['REQUEST_METHOD'] . ' ' . $_SERVER['REQUEST_URI'] . ' ' . http_response_code() . "\n";
    file_put_contents($instance['access_log'], $line, FILE_APPEND | LOCK_EX);
});

if ($instance['strip_authorization'] || ($_SERVER['HTTP_X_FAULT'] ?? '') === 'strip') {
    unset($_SERVER['HTTP_AUTHORIZATION'], $_SERVER['REDIRECT_HTTP_AUTHORIZATION']);
    unset($_SERVER['PHP_AUTH_USER'], $_SERVER['PHP_AUTH_PW'], $_SERVER['PHP_AUTH_DIGEST'], $_SERVER['AUTH_TYPE']);
}

// Only `tls-proxy.js` reaches the server of such a site.
if ($instance['tls']) {
    $_SERVER['HTTPS'] = 'on';
    $_SERVER['REQUEST_SCHEME'] = 'https';
    $_SERVER['SERVER_PORT'] = (string) $instance['port'];
}
