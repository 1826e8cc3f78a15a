<?php
// Tokens of the plugin JWT Authentication for WP REST API that live for a few seconds, to see them renewed.
add_filter('jwt_auth_expire', function ($expire, $issued = null) {
    return ($issued ?? time()) + (defined('SHORT_TOKEN_SECONDS') ? (int) SHORT_TOKEN_SECONDS : 4);
}, 10, 2);
