identify-title = Please identify yourself
identify-card = Lay your ID card flat on the reader
identify-card-hint = Hold still for about two seconds
identify-reading = Reading, please do not move the card
identify-lift = Lift the card and lay it down again
identify-done = Card read
identify-hello = Hello, { $name }
identify-take-back = Please take your card
