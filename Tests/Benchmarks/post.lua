-- A request as a scoring service would send it: 200 bytes.
wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"
wrk.body = '{"experiment":"credit-limit","unit":"customer-0000001","at":"2026-03-01T12:00:00Z",'
    .. '"attributes":{"country":"JP","age":34,"tenure_months":18,"channel":"mobile-app"},'
    .. '"score":0.4375,"cluster":"h-000042"}'
