#!/usr/bin/perl
# Scores letters with SpamAssassin, many in one process: no daemon, no network, only the rules that the Debian package brings.
#
# Usage: score_letters.pl LIMIT FOLDER, with letters as NNNN.eml. Prints a line for each letter that reaches LIMIT, then
# "N letters scored, M too high, highest S" with the rules that were hit; exits 0 if M is 0 and N is not.
# Needs the package spamassassin (Debian: apt-get install spamassassin).
use strict;
use warnings;
use File::Temp qw(tempdir);
use Mail::SpamAssassin;

my ($limit, $folder) = @ARGV;
my $home = tempdir(CLEANUP => 1);
my $judge = Mail::SpamAssassin->new({
    local_tests_only     => 1,
    dont_copy_prefs      => 1,
    userprefs_filename   => '/dev/null',
    userstate_dir        => $home,
    home_dir_for_helpers => $home,
    # Not the rules that sa-update may have fetched on this machine: the package's own, the same everywhere.
    LOCAL_STATE_DIR      => $home,
});
$judge->init(1);

my ($count, $high, $highest, %hits) = (0, 0, -100);
for my $path (sort glob "$folder/*.eml") {
    open my $file, '<:raw', $path or die "$path: $!";
    my $mail = do { local $/; <$file> };
    $mail =~ s/\r\n/\n/g;
    my ($date) = $mail =~ /^Date: (.*)$/m or die "$path has no Date";
    # As it lies in the reader's mailbox: handed in by the ministry's relay at a public address, as it was written.
    my $envelope = "Return-Path: <register+l4711=0123456789abcdef\@keshirim.example>\n"
        . "Received: from relay.keshirim.example (relay.keshirim.example [193.0.14.129])\n"
        . "\tby mx.office.example (Postfix) with ESMTPS id 4XyZab1234\n"
        . "\tfor <reader\@office.example>; $date\n"
        . "Received: from register.keshirim.example (localhost [127.0.0.1])\n"
        . "\tby relay.keshirim.example (Postfix) with ESMTPSA id 4XyZab5678;\n\t$date\n";
    my $message = $judge->parse($envelope . $mail, 1);
    my $status = $judge->check($message);
    my ($score, $rules) = ($status->get_score, $status->get_names_of_tests_hit);
    $hits{$_}++ for split /,/, $rules;
    $highest = $score if $score > $highest;
    if ($score >= $limit) {
        $high++;
        print "$path: $score $rules\n";
    }
    $count++;
    $status->finish;
    $message->finish;
}
my $rules = join ', ', map { "$_ $hits{$_}" } sort keys %hits;
print "$count letters scored, $high too high, highest $highest ($rules)\n";
exit($count && !$high ? 0 : 1);
