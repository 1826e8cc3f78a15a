<?php
// How a script of ours gets into the WordPress whose directory is its argument.
[, $site] = $argv;
define('XTASK_SCRIPT', true);
// The installer and the plugins look at these.
$_SERVER = ['HTTP_HOST' => '127.0.0.1', 'REQUEST_URI' => '/', 'REQUEST_METHOD' => 'GET', 'SERVER_PROTOCOL' => 'HTTP/1.1'] + $_SERVER;

function must($result, string $what)
{
    if (is_wp_error($result)) {
        die("$what: " . wp_strip_all_tags($result->get_error_message()) . "\n");
    }
    return $result;
}
