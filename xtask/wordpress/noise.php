<?php
// What plugins, filters and hosts do to the responses of the REST API, for the tests to see: a must-use plugin.
//
// Noise stands around each JSON text: a byte order mark, a notice of PHP before it, a comment of a cache behind it, or all
// three, by the address of the request. Fields that a filter spoiled come in the types that PHP has for "none" and for
// lists with gaps. Errors of WordPress have messages that are null or lists. With the constant
// WP_DISABLE_FATAL_ERROR_HANDLER, `X-Noise: fatal` ends the request in PHP's own words.
$is_rest = str_contains($_SERVER['REQUEST_URI'] ?? '', '/wp-json') || isset($_GET['rest_route']);
if (!$is_rest) {
    return;
}

ob_start(function (string $body): string {
    if ($body === '') {
        return $body;
    }
    $notice = "<br />\n<b>Notice</b>:  Undefined index: [lang] in <b>/srv/www/wp-content/plugins/{cache}/x.php</b> on line <b>7</b><br />\n";
    $comment = "\n<!-- Performance [optimized] by a cache, {0} queries in 0.07 s -->";
    switch (crc32($_SERVER['REQUEST_URI']) % 4) {
        case 0: return "\xEF\xBB\xBF$body";
        case 1: return $notice . $body;
        case 2: return $body . $comment;
        default: return "\xEF\xBB\xBF$notice$body$comment";
    }
});

if (($_SERVER['HTTP_X_NOISE'] ?? '') === 'fatal') {
    add_action('rest_api_init', function () {
        ini_set('display_errors', '1');
        xtask_function_that_nobody_has();
    });
}

foreach (['post', 'page', 'attachment'] as $type) {
    add_filter("rest_prepare_$type", function (WP_REST_Response $response): WP_REST_Response {
        $data = $response->get_data();
        // Only what is there, so that `_fields` and contexts stay what they are.
        $spoil = [
            'featured_media' => fn ($value) => $value ?: false,
            'meta' => fn ($value) => $value ?: false,
            'template' => fn ($value) => $value ?: false,
            'sticky' => fn ($value) => $value ? '1' : null,
            'author' => fn ($value) => (string) $value,
            'categories' => fn ($value) => $value ? [1 => $value[0]] + array_combine(range(3, count($value) + 2), $value) : false,
            'tags' => fn ($value) => $value ?: null,
            'class_list' => fn ($value) => array_combine(array_map(fn ($at) => 2 * $at, array_keys($value)), $value),
            'permalink_template' => fn () => false,
            'generated_slug' => fn () => null,
        ];
        foreach ($spoil as $name => $change) {
            if (array_key_exists($name, $data)) {
                $data[$name] = $change($data[$name]);
            }
        }
        // Doubled above.
        if (is_array($data['categories'] ?? null)) {
            $data['categories'] = array_unique($data['categories']);
        }
        foreach (['content', 'excerpt'] as $name) {
            if (isset($data[$name]['protected'])) {
                $data[$name]['protected'] = $data[$name]['protected'] ? 1 : '';
            }
        }
        $response->set_data($data);
        return $response;
    }, 99);
}

// As a filter of a multilingual plugin does when its own term is gone.
add_filter('term_link', fn ($link, $term) => $term->count === 0 ? new WP_Error('invalid_term', 'Empty Term.') : $link, 99, 2);
foreach (['category', 'post_tag'] as $taxonomy) {
    add_filter("rest_prepare_$taxonomy", function (WP_REST_Response $response): WP_REST_Response {
        $data = $response->get_data();
        foreach (['count' => 'strval', 'parent' => fn ($value) => $value ?: false, 'meta' => fn () => false] as $name => $change) {
            if (array_key_exists($name, $data)) {
                $data[$name] = $change($data[$name]);
            }
        }
        if (($data['slug'] ?? '') === 'category-2') {
            $data['link'] = new WP_Error('invalid_term', 'Empty Term.');
        }
        $response->set_data($data);
        return $response;
    }, 99);
}

add_filter('rest_prepare_user', function (WP_REST_Response $response): WP_REST_Response {
    $data = $response->get_data();
    $spoil = [
        'avatar_urls' => fn () => false,
        'description' => fn ($value) => $value ?: null,
        'url' => fn ($value) => $value ?: false,
        'meta' => fn () => false,
        'roles' => fn ($value) => [2 => $value[0] ?? ''],
        'capabilities' => fn ($value) => $value + ['odd' => [], 'odder' => -1, 'oddest' => ['x' => 1]],
    ];
    foreach ($spoil as $name => $change) {
        if (array_key_exists($name, $data)) {
            $data[$name] = $change($data[$name]);
        }
    }
    $response->set_data($data);
    return $response;
}, 99);

// Of errors, the code and the status are what is left. Token plugins are told apart by their words, which stay.
add_filter('rest_post_dispatch', function (WP_REST_Response $response): WP_REST_Response {
    $data = $response->get_data();
    if ($response->is_error() && str_starts_with((string) ($data['code'] ?? ''), 'rest_')) {
        $data['message'] = crc32($data['code']) % 2 ? null : [$data['message'], 'And more.'];
        $response->set_data($data);
    }
    return $response;
}, 99);
