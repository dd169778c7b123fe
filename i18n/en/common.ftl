# Common words: navigation, states, units.
common-home = Home
common-back = Back
common-next = Next
common-help = Call for help
common-continue = Continue
common-confirm = Confirm
common-cancel = Cancel
common-close = Close
common-save = Save
common-retry = Try again
common-skip = Skip
common-edit = Change
common-delete = Delete
common-print = Print
common-search = Search
common-details = Details
common-yes = Yes
common-no = No
common-all = All
common-none = None
common-more = More
common-required = *
common-optional = optional
common-demo = DEMONSTRATION · all data are invented
common-code = Code { $code }
common-source = Source: { $name }
common-seconds = { $n } s
common-clears-in = Clears in { $n } s
common-ms = { $n } ms
common-s = { $n } s
common-minutes = { $n } min
common-pages = { $n ->
    [one] 1 page
   *[other] { $n } pages
}
common-items = { $n ->
    [one] 1 item
   *[other] { $n } items
}
common-working-days = { $n ->
    [one] 1 working day
   *[other] { $n } working days
}
common-page-of = Page { $n } of { $total }
common-page-previous = Previous
common-page-next = Next
common-step-of = Step { $n } of { $total }: { $name }
common-link-online = Online
common-link-slow = Slow network
common-link-offline = Offline
common-look-elder = Large type
common-look-usual = Standard
common-look-contrast = High contrast
common-reach = Low reach
common-zoom-smaller = A−
common-zoom-bigger = A+
common-speech-on = Sound on
common-speech-off = Sound off
common-language = 中文
common-hotline = Hotline { $number }
common-state-waiting = Waiting
common-state-running = Fetching
common-state-done = Received
common-state-late = Slow
common-state-failed = Not received
common-state-skipped = Not needed
common-please-wait = Please wait
common-loading = Reading, please wait
common-saving = Saving, please wait
common-saved = Saved

step-identify = Identify
step-consent = Consent
step-presence = Verify
step-item = Service
step-shares = Check data
step-form = Form
step-capture = Documents
step-sign-off = Sign
step-submit = Submit
step-done = Done

keyboard-backspace = Delete
keyboard-clear = Clear
keyboard-done = Done
keyboard-shift = Shift
keyboard-split = Split
keyboard-space = Space
keyboard-to-letters = EN
keyboard-to-pinyin = 中文
keyboard-to-symbols = Symbols
keyboard-earlier = Earlier
keyboard-later = Later
keyboard-pinyin-hint = Type pinyin, for example zhang
