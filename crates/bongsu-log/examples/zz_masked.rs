fn main() {
    let rules = bongsu_log::mask::Rules::default();
    let text = std::io::read_to_string(std::io::stdin()).unwrap();
    let mut changed = 0;
    for line in text.lines() {
        let masked = rules.mask(line);
        if masked != line {
            changed += 1;
            println!("{line}\n   {masked}");
        }
    }
    let n = text.lines().count();
    let t = std::time::Instant::now();
    for _ in 0..5 {
        for line in text.lines() {
            std::hint::black_box(rules.mask(line));
        }
    }
    eprintln!(
        "{changed} of {n}; {:.1} ns/line, {:.3} ns/byte",
        t.elapsed().as_secs_f64() * 1e9 / (5 * n) as f64,
        t.elapsed().as_secs_f64() * 1e9 / (5 * text.len()) as f64
    );
    for line in [
        "req 12345 user=alice",
        "20 films loaded from cache ok..",
        "load completed in 0.123s | {\"rows\":20,\"ok\":true}",
        "GET /api/v1/films?page=2 200 12ms 550e8400-e29b-41d4-a716-446655440000",
        "봉수대에서 영화 20편을 읽었습니다",
    ] {
        let t = std::time::Instant::now();
        for _ in 0..1_000_000 {
            std::hint::black_box(rules.mask(std::hint::black_box(line)));
        }
        eprintln!("{:.1} ns {line}", t.elapsed().as_secs_f64() * 1e3);
    }
}
