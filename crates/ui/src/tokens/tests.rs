use super::*;

const PROFILES: [Profile; 5] =
    [Profile::Kiosk, Profile::Window, Profile::Customer, Profile::Certificate, Profile::Technician];
const LOOKS: [Look; 3] = [Look::Standard, Look::Elder, Look::HighContrast];

#[test]
fn every_text_role_reaches_the_contrast_of_its_look() {
    for look in LOOKS {
        let least = if look == Look::HighContrast { 7.0 } else { 4.5 };
        for pair in Colours::of(look).text_pairs() {
            let ratio = contrast(pair.ink, pair.ground);
            assert!(ratio >= least, "{look:?}: {pair:?} has {ratio:.2}, needs {least}");
        }
    }
}

#[test]
fn the_contrast_measure_knows_its_ends() {
    let (black, white) = (iced::Color::BLACK, iced::Color::WHITE);
    assert!((contrast(black, white) - 21.0).abs() < 0.01);
    assert!((contrast(white, white) - 1.0).abs() < 0.01);
    // Light grey on white: the negative control of the test above.
    assert!(contrast(iced::Color::from_rgb8(0xaa, 0xaa, 0xaa), white) < 4.5);
}

#[test]
fn outlines_of_controls_can_be_seen() {
    for look in LOOKS {
        let c = Colours::of(look);
        assert!(contrast(c.line_strong, c.surface) >= 3.0, "{look:?}");
        assert!(contrast(c.primary, c.page) >= 3.0, "{look:?}");
    }
}

#[test]
fn a_kiosk_keeps_the_sizes_of_the_hall_rules() {
    for look in LOOKS {
        for zoom in 0..=Tokens::ZOOM_MAX {
            let t = Tokens::with_zoom(Profile::Kiosk, look, zoom);
            assert!(t.text.body >= 28.0 && t.text.title >= 44.0);
            assert!(t.size.target >= 96.0 && t.size.small_target >= 96.0);
            assert!(t.space.m >= 16.0);
        }
    }
    const { assert!(Tokens::LINE_HEIGHT >= 1.3) };
}

#[test]
fn the_elder_look_is_bigger_slower_and_waits() {
    for profile in PROFILES {
        let (usual, elder) = (Tokens::new(profile, Look::Standard), Tokens::new(profile, Look::Elder));
        assert!((elder.text.body - usual.text.body * 1.4).abs() <= 0.5);
        assert!((elder.size.target - usual.size.target * 1.4).abs() <= 0.5);
        assert_eq!(elder.tiles_max, 6);
        assert!(!elder.auto_advance && elder.speech_rate < usual.speech_rate);
        assert_eq!((usual.idle_seconds, elder.idle_seconds), (60, 120));
    }
}

#[test]
fn zoom_stops_at_its_end_and_never_shrinks() {
    let far = Tokens::with_zoom(Profile::Kiosk, Look::Standard, 9);
    assert_eq!(far.zoom, Tokens::ZOOM_MAX);
    let mut last = 0.0;
    for zoom in 0..=Tokens::ZOOM_MAX {
        let body = Tokens::with_zoom(Profile::Window, Look::Standard, zoom).text.body;
        assert!(body > last);
        last = body;
    }
}
