presence-title = Choose how to be verified
presence-intro = All three ways count the same.
presence-face = Face
presence-face-sub = Compared on this machine only
presence-finger = Fingerprint
presence-finger-sub = Compared with your ID card
presence-person = Staff
presence-person-sub = No picture is taken
